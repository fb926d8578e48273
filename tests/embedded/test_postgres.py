"""The embedded PostgreSQL: private, durable, and safe against kills and closed folders."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from embedded import accounts, sockets
from embedded.bootstrap import APP, EXTENSIONS, OWNER, READER, bootstrap, bootstrap_from
from embedded.environment import Wishes
from embedded.environment import test_servers as trial_servers
from embedded.errors import EmbeddedError
from embedded.folders import Area
from embedded.pause import wait_until
from embedded.postgres import THROW_AWAY, Postgres
from embedded.postgres_data import check_version
from embedded.postgres_files import locate, system_roots
from embedded.secret_file import SUPERUSER, kept_secrets

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the account")


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def in_database(postgres: Postgres, query: str) -> list[tuple[object, ...]]:
    return ask(postgres.url(SUPERUSER, "dbx"), query)


# -- roles and database


def test_each_role_signs_in_with_its_own_password(postgres: Postgres) -> None:
    for role in (OWNER, APP, READER):
        assert ask(postgres.url(role), "SELECT current_user") == [(role,)]


def test_a_wrong_password_is_refused(postgres: Postgres) -> None:
    right = postgres.url(APP)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(right, password="wrong")


def test_no_role_may_pass_row_level_security_or_make_roles(postgres: Postgres) -> None:
    rights = in_database(
        postgres,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'dbx%' AND (rolsuper OR rolbypassrls"
        " OR rolcreatedb OR rolcreaterole OR rolreplication OR NOT rolcanlogin)",
    )
    assert rights == []


def test_the_owner_owns_the_database_and_may_create_in_it(postgres: Postgres) -> None:
    owner = in_database(
        postgres, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'dbx'"
    )
    assert owner == [(OWNER,)]
    with psycopg.connect(postgres.url(OWNER)) as connection:
        connection.execute("CREATE TABLE owned (id int)")
        connection.rollback()


@pytest.mark.parametrize("role", [APP, READER])
def test_the_other_roles_cannot_create_in_public(postgres: Postgres, role: str) -> None:
    with (
        psycopg.connect(postgres.url(role)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE public.theirs (id int)")


def test_only_the_application_may_make_temporary_tables(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(APP)) as connection:
        connection.execute("CREATE TEMP TABLE staged (id int)")
    with (
        psycopg.connect(postgres.url(READER)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TEMP TABLE staged (id int)")


def test_a_new_table_is_closed_until_it_is_granted(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url(OWNER), autocommit=True) as owner:
        owner.execute("CREATE TABLE closed (id int)")
        try:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ask(postgres.url(APP), "SELECT * FROM closed")
        finally:
            owner.execute("DROP TABLE closed")


def test_a_stranger_cannot_even_connect(postgres: Postgres) -> None:
    admin = postgres.url(SUPERUSER, "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'strange'")
        try:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(postgres.url(APP), user="stranger", password="strange")
        finally:
            connection.execute("DROP ROLE stranger")


def test_the_extensions_are_in_public(postgres: Postgres) -> None:
    found = in_database(
        postgres, "SELECT extname FROM pg_extension WHERE extnamespace = 'public'::regnamespace"
    )
    assert {name for (name,) in found} == set(EXTENSIONS)


def test_bootstrap_takes_away_what_a_role_must_not_have(
    postgres: Postgres, passwords: Mapping[str, str]
) -> None:
    admin = postgres.url(SUPERUSER, "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {APP} SUPERUSER BYPASSRLS CREATEDB")
    bootstrap(admin, "dbx", passwords)
    held = ask(admin, f"SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = '{APP}'")
    assert held == [(False, False)]


def test_bootstrap_gives_a_foreign_database_to_the_owner(
    postgres: Postgres, passwords: Mapping[str, str]
) -> None:
    admin = postgres.url(SUPERUSER, "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE DATABASE given")
        bootstrap(admin, "given", passwords)
        owner = "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'given'"
        assert connection.execute(owner).fetchall() == [(OWNER,)]
        connection.execute("DROP DATABASE given")


def test_bootstrap_from_the_environment_names_what_is_missing() -> None:
    with pytest.raises(EmbeddedError, match=r"DBX_ADMIN_URL.*DATABASE_READER_URL"):
        bootstrap_from({})


def test_bootstrap_from_the_environment_sets_the_passwords_of_the_addresses(
    postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {APP: "changed-for-a-moment"}
    addresses = {
        "DBX_ADMIN_URL": postgres.url(SUPERUSER, "postgres"),
        "DATABASE_OWNER_URL": postgres.url(OWNER),
        "DATABASE_READER_URL": postgres.url(READER),
    }
    wanted = f"postgresql://{APP}:{changed[APP]}@host/dbx"
    bootstrap_from({**addresses, "DATABASE_URL": wanted})
    with psycopg.connect(postgres.url(APP), password=changed[APP]) as connection:
        assert connection.info.user == APP
    bootstrap_from({**addresses, "DATABASE_URL": postgres.url(APP)})
    assert "dbx_app" in capsys.readouterr().out


def test_passwords_are_stored_as_scram_verifiers(postgres: Postgres) -> None:
    stored = in_database(postgres, "SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'dbx%'")
    assert len(stored) == 3
    assert all(str(verifier).startswith("SCRAM-SHA-256$") for (verifier,) in stored)


# -- privacy and durability


def test_it_listens_on_no_network(postgres: Postgres) -> None:
    assert in_database(postgres, "SHOW listen_addresses") == [("",)]


def test_its_socket_folder_is_closed_to_others(postgres: Postgres) -> None:
    assert stat.S_IMODE(postgres.files.sockets.stat().st_mode) == 0o700


def test_it_never_runs_as_root(postgres: Postgres) -> None:
    assert Path(f"/proc/{postgres.child.pid}").stat().st_uid != 0


def test_data_pages_carry_checksums(postgres: Postgres) -> None:
    assert in_database(postgres, "SHOW data_checksums") == [("on",)]


def test_letters_beyond_ascii_have_an_upper_case(postgres: Postgres) -> None:
    assert in_database(postgres, "SELECT upper('zürich')") == [("ZÜRICH",)]


def test_the_durable_server_waits_for_the_disk(area: Area, passwords: Mapping[str, str]) -> None:
    server = Postgres(locate(area.base), passwords, area)
    server.start(time.sleep)
    settings = [in_database(server, f"SHOW {name}")[0][0] for name in THROW_AWAY]
    server.stop(time.sleep)
    assert settings == ["on", "on", "on"]


@pytest.mark.parametrize("is_durable", [True, False])
def test_a_trials_server_has_room_for_several_web_servers(
    folder: Path, passwords: Mapping[str, str], is_durable: bool
) -> None:
    server, _ = trial_servers(Wishes(var=folder), "test/1", passwords, is_durable)
    assert "--max_connections=400" in server.child.recipe.command
    assert ("--fsync=off" in server.child.recipe.command) is not is_durable


# -- starting again


def test_starting_and_stopping_twice_changes_nothing(
    area: Area, passwords: Mapping[str, str]
) -> None:
    server = Postgres(locate(area.base), passwords, area, THROW_AWAY)
    server.start(time.sleep)
    first = server.child.pid
    server.start(time.sleep)
    assert server.child.pid == first
    server.stop(time.sleep)
    server.stop(time.sleep)
    assert server.child.ended() == 0


def test_what_was_committed_survives_a_kill(area: Area, passwords: Mapping[str, str]) -> None:
    server = Postgres(locate(area.base), passwords, area)
    server.start(time.sleep)
    with psycopg.connect(server.url(OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(server.child.pid or 0, signal.SIGKILL)
    assert wait_until(lambda: server.child.ended() == -signal.SIGKILL, time.sleep, 10)
    server.start(time.sleep)
    assert ask(server.url(OWNER), "SELECT number FROM kept") == [(7,)]
    server.stop(time.sleep)


def test_a_server_that_a_killed_run_left_is_ended_first(
    area: Area, passwords: Mapping[str, str]
) -> None:
    forgotten = Postgres(locate(area.base), passwords, area, THROW_AWAY)
    forgotten.start(time.sleep)
    server = Postgres(locate(area.base), passwords, area, THROW_AWAY)
    server.start(time.sleep)
    assert forgotten.child.ended() is not None
    assert ask(server.url(OWNER), "SELECT 1") == [(1,)]
    server.stop(time.sleep)


def test_a_stale_lock_file_with_a_strangers_number_is_no_obstacle(
    area: Area, passwords: Mapping[str, str]
) -> None:
    server = Postgres(locate(area.base), passwords, area, THROW_AWAY)
    server.start(time.sleep)
    server.stop(time.sleep)
    stale = f"{os.getpid()}\n{server.files.data}\n1700000000\n5432\n\n\n\nready\n"
    (server.files.data / "postmaster.pid").write_text(stale)
    server.start(time.sleep)
    assert ask(server.url(OWNER), "SELECT 1") == [(1,)]
    server.stop(time.sleep)


def test_data_of_another_version_are_refused_with_advice(postgres: Postgres, folder: Path) -> None:
    (folder / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 12.*DBX_POSTGRES_BIN"):
        check_version(replace(postgres.files, data=folder))


def test_a_folder_without_a_database_is_refused(postgres: Postgres, folder: Path) -> None:
    with pytest.raises(EmbeddedError, match="holds no PostgreSQL database"):
        check_version(replace(postgres.files, data=folder))


def test_a_failed_start_shows_the_servers_own_words(
    area: Area, passwords: Mapping[str, str]
) -> None:
    server = Postgres(locate(area.base), passwords, area, {"shared_buffers": "nonsense"})
    with pytest.raises(EmbeddedError, match=r"did not start:(.|\n)*shared_buffers"):
        server.start(time.sleep)


def test_lost_passwords_are_named_as_the_cause(area: Area, passwords: Mapping[str, str]) -> None:
    server = Postgres(locate(area.base), passwords, area, THROW_AWAY)
    server.start(time.sleep)
    server.stop(time.sleep)
    other = Postgres(locate(area.base), dict.fromkeys(passwords, "other"), area)
    with pytest.raises(EmbeddedError, match=r"secrets\.json"):
        other.start(time.sleep)
    other.stop(time.sleep)


def test_an_interrupted_first_start_leaves_no_half_made_data(
    area: Area, passwords: Mapping[str, str]
) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(_seconds: float) -> None:
        raise Interrupted

    server = Postgres(locate(area.base), passwords, area, THROW_AWAY)
    with pytest.raises(Interrupted):
        server.start(interrupt)
    assert not server.files.data.exists()
    server.start(time.sleep)
    server.stop(time.sleep)


# -- where the files are


def test_a_programs_folder_without_the_programs_is_refused(folder: Path) -> None:
    with pytest.raises(EmbeddedError, match="no program postgres"):
        locate(folder, named_programs=str(folder))


def test_a_long_path_moves_the_sockets_to_a_short_one(folder: Path) -> None:
    long = folder / ("x" * 100)
    chosen = sockets.socket_folder(long, ".s.PGSQL.5432")
    assert len(os.fsencode(chosen / ".s.PGSQL.5432")) <= sockets.LONGEST_SOCKET_PATH
    assert stat.S_IMODE(chosen.stat().st_mode) == 0o700
    sockets.forget_stand_ins(long)
    assert not chosen.exists()


@pytest.mark.parametrize("name", ["with space", "with,comma", "with'quote", "höhe"])
def test_a_path_that_addresses_cannot_hold_moves_the_sockets(folder: Path, name: str) -> None:
    awkward = folder / name
    chosen = sockets.socket_folder(awkward, "s")
    assert chosen != awkward
    sockets.forget_stand_ins(awkward)


def test_a_socket_folder_somebody_else_opened_is_passed_over(folder: Path) -> None:
    long = folder / ("x" * 100)
    squatted = sockets.socket_folder(long, "s")
    squatted.chmod(0o777)
    chosen = sockets.socket_folder(long, "s")
    assert chosen != squatted
    sockets.forget_stand_ins(long)


@only_root
def test_under_a_closed_home_root_uses_a_system_folder(
    folder: Path, passwords: Mapping[str, str]
) -> None:
    home, system = folder / "home", folder / "system"
    system.mkdir()
    system.chmod(0o755)
    (home / "var").mkdir(mode=0o700, parents=True)
    home.chmod(0o700)
    files = locate(home / "var", system_folders=(system,))
    Area(home / "var").make()
    server = Postgres(files, passwords, Area(home / "var"), THROW_AWAY)
    server.start(time.sleep)
    assert ask(server.url(OWNER), "SELECT 1") == [(1,)]
    server.stop(time.sleep)
    assert files.data.is_relative_to(system_roots(home / "var", (system,))[0])
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home, home / "var")] == [0o700] * 2


@only_root
def test_data_that_can_no_longer_be_reached_are_not_begun_anew(folder: Path) -> None:
    home = folder / "home"
    home.mkdir()
    home.chmod(0o711)
    (home / "postgres").mkdir()
    home.chmod(0o700)
    with pytest.raises(EmbeddedError, match="can no longer get into"):
        locate(home, system_folders=(folder,))


@only_root
def test_programs_out_of_reach_are_copied_to_where_they_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from embedded import postgres_programs

    monkeypatch.setattr(postgres_programs, "_can_run", lambda *_: False)
    account = accounts.server_account(folder / "none")
    programs = postgres_programs.find_programs(account, "", folder)
    assert programs.folder.is_relative_to(folder)
    assert accounts.run_as(account, [str(programs.folder / "initdb"), "--version"]).returncode == 0


@only_root
def test_a_system_folder_of_somebody_else_is_refused(folder: Path) -> None:
    home, system = folder / "home", folder / "system"
    system.mkdir()
    system.chmod(0o755)
    home.mkdir(mode=0o700)
    (system / "dbx-aviation").mkdir()
    os.chown(system / "dbx-aviation", 65534, 65534)
    with pytest.raises(EmbeddedError, match="made by somebody else"):
        locate(home, system_folders=(system,))


@only_root
def test_the_first_closed_folder_is_named(folder: Path) -> None:
    closed = folder / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o700)
    account = accounts.server_account(folder / "none")
    assert account is not None
    assert account.closed_parent(closed / "inner") == closed


# -- secrets


def test_secrets_are_made_once_and_readable_for_their_owner_only(folder: Path) -> None:
    path = folder / "secrets.json"
    first = kept_secrets(path)
    assert kept_secrets(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_that_a_newer_version_needs_is_added(folder: Path) -> None:
    path = folder / "secrets.json"
    path.write_text('{"dbx_app": "known"}')
    known = kept_secrets(path)
    assert known["dbx_app"] == "known"
    assert len(known["secret_key"]) >= 50


def test_an_unreadable_secrets_file_is_not_replaced(folder: Path) -> None:
    path = folder / "secrets.json"
    path.write_text("{half")
    with pytest.raises(EmbeddedError, match="Restore it"):
        kept_secrets(path)
    assert path.read_text() == "{half"
