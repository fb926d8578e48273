"""Backups of the embedded server: only when asked for, and nothing secret for the product."""

from __future__ import annotations

import stat
import time
from collections.abc import Mapping

import psycopg
import pytest

from embedded.backups import archive_settings, backup_folder, keys_file
from embedded.environment import (
    Wishes,
    operator_variables,
    read_wishes,
    run_servers,
    run_variables,
)
from embedded.folders import Area
from embedded.pause import wait_until
from embedded.secret_file import SUPERUSER
from maintenance.backup.settings_lines import NoPython


@pytest.fixture
def wishes(area: Area) -> Wishes:
    return read_wishes({"DBX_VAR": str(area.base), "DBX_BACKUP": "1"})


def test_unless_asked_for_nothing_is_archived(area: Area, passwords: Mapping[str, str]) -> None:
    servers = run_servers(read_wishes({"DBX_VAR": str(area.base)}), passwords)
    assert servers.postgres is not None
    assert "archive_mode" not in " ".join(servers.postgres.child.recipe.command)
    assert not keys_file(area.base).exists()


def test_when_asked_for_the_server_archives(wishes: Wishes, passwords: Mapping[str, str]) -> None:
    try:
        server = run_servers(wishes, passwords).postgres
    except NoPython as problem:
        pytest.skip(problem.message)
    assert server is not None
    server.start(time.sleep)
    try:
        with psycopg.connect(server.url(SUPERUSER), autocommit=True) as connection:
            connection.execute("CREATE TABLE something ()")
            connection.execute("SELECT pg_switch_wal()")
        folder = backup_folder(server.files)
        is_archived = wait_until(lambda: any(folder.glob("wal/*/*/*.age")), time.sleep, 60)
        assert is_archived, server.child.log_tail()
    finally:
        server.stop(time.sleep)


def test_the_product_gets_neither_superuser_nor_key(
    wishes: Wishes, passwords: Mapping[str, str]
) -> None:
    servers = run_servers(wishes, passwords)
    variables = run_variables({}, servers, passwords, wishes.var)
    assert passwords[SUPERUSER] not in " ".join(variables.values())
    assert not {"DBX_BACKUP_URL", "DBX_BACKUP_KEYS_FILE"} & set(variables)
    operators = operator_variables(wishes, passwords)
    assert set(operators) == {"DBX_BACKUP_URL", "DBX_BACKUP_KEYS_FILE"}
    assert operator_variables(Wishes(wishes.var), passwords) == {}


def test_the_key_is_made_once_and_for_its_owner_only(
    wishes: Wishes, passwords: Mapping[str, str]
) -> None:
    servers = run_servers(wishes, passwords)
    assert servers.postgres is not None
    first = keys_file(wishes.var).read_text()
    settings = archive_settings(servers.postgres.files, wishes.var)
    assert keys_file(wishes.var).read_text() == first
    assert stat.S_IMODE(keys_file(wishes.var).stat().st_mode) == 0o600
    assert first.strip().removeprefix("1:") not in settings["archive_command"]
