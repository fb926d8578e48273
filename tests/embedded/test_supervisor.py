"""Running the product: it starts, stays, and ends with all it started and nothing else."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from embedded import identity, leftovers
from embedded.child import Child, Recipe, rotate_log, stop_together
from embedded.environment import Wishes, read_wishes, run_servers, run_variables
from embedded.errors import EmbeddedError
from embedded.folders import Area, claim_var
from embedded.identity import Identity
from embedded.ownership import Ownership, this_process
from embedded.pause import wait_until
from embedded.processes import choose_port, is_free
from embedded.secret_file import NAMES
from embedded.servers import Servers
from embedded.sockets import forget_stand_ins
from embedded.supervisor import FIRST_DELAY_S, Supervisor, in_words
from tests.embedded.conftest import Product, free_port

PROCESSES = ("postgres", "redis", "web", "worker", "beat")
PATIENCE_S = 120.0
"""For what has to come; how soon it does is a matter of what else the machine does."""
SECRETS = dict.fromkeys(NAMES, "secret")


def page(address: str) -> str:
    with urllib.request.urlopen(f"{address}/api/health", timeout=5) as answer:
        return str(answer.read().decode())


Sleepers = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def sleepers() -> Iterator[Sleepers]:
    """Start processes that nobody but the test knows; they end with it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**variables: str) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(["sleep", "600"], env={**os.environ, **variables}))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def recorded(product: Product) -> list[Identity]:
    found = [identity.identify(product.pid(name)) for name in PROCESSES]
    assert None not in found
    return [process for process in found if process is not None]


# -- a whole run


def test_run_prints_the_address_that_answers_and_the_sign_ins(product: Product) -> None:
    said = product.start()
    assert f"running at {product.address}" in said
    assert "stub@example.org" in said
    assert page(product.address).isdecimal()


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_wish_to_stop_ends_everything_and_is_no_failure(
    product: Product, wish: signal.Signals
) -> None:
    product.start()
    processes = recorded(product)
    os.killpg(product.running[0].pid, wish)
    assert "Your data are kept" in product.said(until="kept")
    assert product.running[0].wait() == 0
    assert not any(process.is_running() for process in processes)
    assert list(Area(product.var).records.glob("*.pid")) == []


def test_a_stop_ends_nothing_that_others_started(product: Product, sleepers: Sleepers) -> None:
    stranger = sleepers()
    product.start()
    product.command("stop")
    assert stranger.poll() is None


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_is_started_again_and_the_kill_is_told(
    product: Product, name: str
) -> None:
    product.start()
    former = product.pid(name)
    os.kill(former, signal.SIGKILL)
    assert f"{name} was ended by SIGKILL" in product.said(until="SIGKILL")
    record = Area(product.var).records / f"{name}.pid"
    assert wait_until(
        lambda: record.exists() and product.pid(name) != former, time.sleep, PATIENCE_S
    )
    used = product.command("exec", "--", "python", "-c", ASK_BOTH)
    assert used.returncode == 0, used.stderr


ASK_BOTH = """
import os, time, psycopg, redis
for attempt in range(100):
    try:
        psycopg.connect(os.environ["DATABASE_URL"]).close()
        redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
        break
    except (psycopg.OperationalError, redis.ConnectionError):
        time.sleep(0.1)
else:
    raise SystemExit("no answer")
"""


def test_the_helper_of_a_killed_process_does_not_keep_the_port(product: Product) -> None:
    product.start()
    former = page(product.address)
    os.kill(product.pid("web"), signal.SIGKILL)
    product.said(until="SIGKILL")
    assert wait_until(lambda: answers_newly(product.address, former), time.sleep, PATIENCE_S)


def answers_newly(address: str, former: str) -> bool:
    try:
        return page(address) != former
    except OSError:
        return False


def test_when_the_supervisor_is_killed_the_next_start_finds_a_clean_place(
    product: Product,
) -> None:
    product.start()
    processes = recorded(product)
    product.running[0].kill()
    product.running[0].wait()
    assert f"running at {product.address}" in product.start()
    assert not any(process.is_running() for process in processes)


def test_when_the_supervisor_is_killed_its_processes_end_too(product: Product) -> None:
    product.start()
    processes = recorded(product)
    product.running[0].kill()
    product.running[0].wait()
    assert wait_until(lambda: not any(p.is_running() for p in processes), time.sleep, PATIENCE_S)


def test_when_the_supervisor_is_killed_stop_cleans_up(product: Product) -> None:
    product.start()
    processes = recorded(product)
    product.running[0].kill()
    product.running[0].wait()
    assert product.command("stop").returncode == 0
    assert not any(process.is_running() for process in processes)


def test_a_second_run_tells_the_address_of_the_first(product: Product) -> None:
    product.start()
    said = product.start(until="To stop")
    assert f"running already: {product.address}" in said
    assert product.running[1].wait() == 0
    assert product.running[0].poll() is None


def test_a_worker_that_does_not_listen_is_ended_all_the_same(product: Product) -> None:
    product.start(STUB_WORKER="stubborn")
    assert product.command("stop").returncode == 0


def test_a_failing_preparation_is_told_and_leaves_nothing_running(
    product: Product, var: Path
) -> None:
    claim_var(var)
    (var / "demo.txt").unlink(missing_ok=True)
    (var / "demo.txt").mkdir()
    said = product.start(until="its log")
    (var / "demo.txt").rmdir()
    assert "IsADirectoryError" in said
    assert product.running[0].wait() == 1
    assert list(Area(var).records.glob("*.pid")) == []


# -- commands beside it


def test_a_command_uses_the_servers_of_the_run(product: Product) -> None:
    product.start()
    before = product.pid("postgres")
    done = product.command("exec", "--", "sh", "-c", "echo $DATABASE_URL; exit 3")
    assert (done.returncode, "dbx_app" in done.stdout) == (3, True)
    assert product.pid("postgres") == before


def test_a_command_without_a_run_has_servers_for_itself(product: Product) -> None:
    done = product.command("exec", "--", "python", "-c", ASK_BOTH)
    assert done.returncode == 0, done.stderr
    assert list(Area(product.var).records.glob("*.pid")) == []


def test_a_test_run_has_data_of_its_own_and_leaves_none(product: Product) -> None:
    done = product.command("test", "--", "sh", "-c", "echo $DBX_VAR $DBX_TEST_ADMIN_URL")
    folder = Path(done.stdout.split()[0])
    assert folder.is_relative_to(product.var / "test")
    assert "postgresql://postgres:" in done.stdout
    assert not folder.exists()


def test_a_test_run_never_gets_a_database_named_outside(product: Product) -> None:
    done = product.command(
        "test", "--", "sh", "-c", "echo $DATABASE_URL $REDIS_URL",
        DATABASE_URL="postgresql://real/data", REDIS_URL="redis://real",
    )  # fmt: skip
    assert "real" not in done.stdout
    assert "dbx_app" in done.stdout


def test_the_exit_code_of_a_killed_command_is_a_shells(product: Product) -> None:
    assert product.command("test", "--", "sh", "-c", "kill -9 $$").returncode == 137


def test_a_command_that_does_not_exist_is_named(product: Product) -> None:
    done = product.command("test", "--", "no-such-program")
    assert done.returncode == 1
    assert "Cannot run no-such-program" in done.stderr


def test_shell_env_gives_the_addresses_of_the_run(product: Product) -> None:
    product.start()
    printed = product.command("shell-env").stdout
    assert "export DATABASE_OWNER_URL=postgresql://dbx_owner:" in printed
    assert "DBX_STARTED_BY" not in printed


def test_shell_env_without_a_run_says_how_to_start(product: Product) -> None:
    done = product.command("shell-env")
    assert (done.returncode, "make run" in done.stderr) == (1, True)


def test_stop_without_a_run_is_no_failure(product: Product) -> None:
    done = product.command("stop")
    assert (done.returncode, done.stdout) == (0, "Nothing is running.\n")


def test_reset_refuses_while_it_runs(product: Product) -> None:
    product.start()
    done = product.command("reset", YES="1")
    assert done.returncode == 1
    assert (product.var / "postgres").exists() or os.geteuid() == 0
    assert "Stop it first" in done.stderr


def test_reset_asks_and_without_an_answer_deletes_nothing(folder: Path) -> None:
    product = Product(folder / "var")
    claim_var(product.var)
    done = product.command("reset")
    assert "YES=1" in done.stdout
    assert (folder / "var").exists()


def test_reset_deletes_what_it_lists(folder: Path) -> None:
    product = Product(folder / "var")
    claim_var(product.var)
    done = product.command("reset", YES="1")
    assert str(folder / "var") in done.stdout
    assert not (folder / "var").exists()


def test_reset_keeps_a_folder_that_is_not_ours(folder: Path) -> None:
    (folder / "var").mkdir()
    (folder / "var" / "letter.txt").write_text("mine")
    done = Product(folder / "var").command("reset", YES="1")
    assert done.returncode == 1
    assert (folder / "var" / "letter.txt").exists()


# -- its parts


def test_a_folder_with_other_files_is_not_claimed(folder: Path) -> None:
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(EmbeddedError, match="not ours"):
        claim_var(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_not_claimed(folder: Path) -> None:
    os.chown(folder, 65534, 65534)
    with pytest.raises(EmbeddedError, match="belongs to"):
        claim_var(folder)


def test_a_taken_port_is_passed_over_unless_it_was_wished() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(EmbeddedError, match=f"Port {port}"):
            choose_port(str(port))
        assert is_free(choose_port(""))


@pytest.mark.parametrize("wish", ["0", "65536", "http", "-1", "²"])
def test_a_port_that_is_none_is_refused(wish: str) -> None:
    with pytest.raises(EmbeddedError, match="DBX_PORT"):
        choose_port(wish)


def test_half_a_database_is_refused() -> None:
    with pytest.raises(EmbeddedError, match="Set both DATABASE_URL"):
        read_wishes({"DATABASE_URL": "postgresql://host/dbx"})


def test_servers_that_are_brought_along_are_not_started(folder: Path) -> None:
    brought = {
        "DATABASE_URL": "postgresql://app@host/dbx",
        "DATABASE_OWNER_URL": "postgresql://owner@host/dbx",
        "REDIS_URL": "redis://host",
        "DBX_VAR": str(folder),
    }
    servers = run_servers(read_wishes(brought), SECRETS)
    assert servers == Servers(None, None)
    variables = run_variables(brought, servers, SECRETS, folder)
    assert {name: variables[name] for name in brought} == brought


def test_what_is_set_outside_stays(folder: Path) -> None:
    outside = {"DJANGO_SETTINGS_MODULE": "config.settings.prod", "DBX_SECRET_KEY": "theirs"}
    variables = run_variables(outside, Servers(None, None), SECRETS, folder)
    assert outside.items() <= variables.items()


def test_addresses_stay_correct_for_a_folder_with_special_characters(folder: Path) -> None:
    var = folder / "with space, and comma"
    Area(var).make()
    servers = run_servers(Wishes(var), SECRETS)
    variables = run_variables({}, servers, SECRETS, var)
    assert not {" ", ","} & set(variables["DATABASE_URL"] + variables["REDIS_URL"])
    for name in ("postgres-socket", "redis-socket"):
        forget_stand_ins(var / name)


@pytest.fixture
def child(area: Area) -> Iterator[Child]:
    made = Child(recipe(area, "exit 3"))
    yield made
    made.stop(time.sleep)


def recipe(area: Area, script: str) -> Recipe:
    return Recipe("child", ("/bin/sh", "-c", script), area, {"PATH": os.defpath})


def test_a_child_that_fails_again_and_again_is_given_more_and_more_time(child: Child) -> None:
    said: list[str] = []

    class Enough(Exception):
        pass

    def pause(seconds: float) -> None:
        if len(said) == 3:
            raise Enough
        time.sleep(seconds)

    child.start(time.sleep)
    with pytest.raises(Enough):
        Supervisor([child], pause, said.append).watch()
    delays = [f"in {FIRST_DELAY_S * factor:g} s" for factor in (1, 2, 4)]
    assert all(delay in line for delay, line in zip(delays, said, strict=True))


def test_the_last_words_of_a_failed_child_are_told(area: Area) -> None:
    said: list[str] = []
    failed = Child(recipe(area, "echo no fuel; exit 3"))
    failed.start(time.sleep)
    assert wait_until(lambda: failed.ended() is not None, time.sleep, PATIENCE_S)
    Supervisor([failed], time.sleep, said.append).look()
    assert "ended with code 3" in said[0]
    assert "no fuel" in said[0]


def test_a_child_takes_its_helpers_along(area: Area) -> None:
    helper = area.base / "helper"
    made = Child(
        recipe(area, f"sleep 600 & echo $! > {helper}.new; mv {helper}.new {helper}; wait")
    )
    made.start(time.sleep)
    assert wait_until(helper.exists, time.sleep, PATIENCE_S)
    process = identity.identify(int(helper.read_text()))
    assert process is not None
    made.stop(time.sleep)
    assert wait_until(lambda: not process.is_running(), time.sleep, PATIENCE_S)


def test_an_impatient_wish_ends_a_stubborn_child_at_once(area: Area) -> None:
    ready = area.base / "ready"
    script = f"trap '' TERM; touch {ready}; while :; do sleep 1; done"
    made = Child(replace(recipe(area, script), stop_signals=((signal.SIGTERM, 3600.0),)))
    made.start(time.sleep)
    assert wait_until(ready.exists, time.sleep, PATIENCE_S)
    stop_together([made], time.sleep, impatient=lambda: True)
    assert made.ended() == -signal.SIGKILL


def test_a_program_that_does_not_exist_is_told_in_the_log(area: Area) -> None:
    made = Child(Recipe("child", ("/no/such/program",), area, {}))
    made.start(time.sleep)
    assert wait_until(lambda: made.ended() is not None, time.sleep, PATIENCE_S)
    assert "Cannot start /no/such/program" in made.log_tail()


def test_a_recorded_number_with_another_start_time_is_left_alone(
    area: Area, sleepers: Sleepers
) -> None:
    stranger = sleepers()
    Identity(stranger.pid, "another-boot:1").write(area.records / "web.pid")
    assert leftovers.end_leftovers(area.records, None, time.sleep) == []
    assert stranger.poll() is None


def test_a_recorded_process_is_ended(area: Area, sleepers: Sleepers) -> None:
    ours = sleepers()
    mine = identity.identify(ours.pid)
    assert mine is not None
    mine.write(area.records / "web.pid")
    assert leftovers.end_leftovers(area.records, None, time.sleep) == ["web"]
    assert ours.poll() == -signal.SIGTERM


def test_a_process_with_the_mark_of_a_killed_run_is_ended(area: Area, sleepers: Sleepers) -> None:
    mark = this_process("run").mark
    name, _, value = mark.partition("=")
    orphan = sleepers(**{name: value})
    assert wait_until(lambda: orphan.pid in identity.bearing(mark), time.sleep, PATIENCE_S)
    leftovers.end_leftovers(area.records, mark, time.sleep)
    assert orphan.poll() == -signal.SIGTERM


def test_only_one_can_own_the_servers(area: Area) -> None:
    with Ownership(area.records) as first, Ownership(area.records) as second:
        assert first.try_to_own()
        assert not second.try_to_own()
        first.release()
        assert second.try_to_own()


def test_the_owner_waits_for_its_guests(area: Area) -> None:
    waited: list[float] = []
    with Ownership(area.records) as owner, Ownership(area.records) as guest:
        assert owner.try_to_own()
        assert guest.try_to_join()

        def pause(seconds: float) -> None:
            waited.append(seconds)
            guest.leave()

        owner.wait_for_guests(pause)
        assert len(waited) == 1
        assert not guest.try_to_join()


def test_what_the_owner_publishes_is_private(area: Area) -> None:
    with Ownership(area.records) as ownership:
        ownership.publish(this_process("run"))
    assert (area.records / "owner.json").stat().st_mode & 0o077 == 0
    assert json.loads((area.records / "owner.json").read_text())["pid"] == os.getpid()


def test_logs_of_former_runs_are_kept_and_the_oldest_falls_away(area: Area) -> None:
    log = area.logs / "web.log"
    for number in range(5):
        log.write_text(str(number))
        rotate_log(log)
    kept = {path.name: path.read_text() for path in area.logs.iterdir()}
    assert kept == {"web.log.1": "4", "web.log.2": "3", "web.log.3": "2"}


def test_endings_are_described_in_words() -> None:
    assert [in_words(how) for how in (-9, 1, 0)] == [
        "was ended by SIGKILL",
        "ended with code 1",
        "ended",
    ]


def test_a_free_port_is_free() -> None:
    assert is_free(free_port())
