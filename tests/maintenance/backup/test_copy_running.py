"""A copy to throw away: at its moment or not at all, without waiting for the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from aviation.common.errors import Unavailable
from embedded.secret_file import SUPERUSER
from maintenance.backup import copy_running, restoring
from maintenance.backup.copy_running import running_copy
from maintenance.backup.manifest import Manifest
from maintenance.backup.restoring import Plan, Target
from maintenance.backup.wal_store import stored_file
from tests.maintenance.backup.clusters import Cluster, new_folder


@pytest.fixture(scope="module")
def story(cluster: Cluster) -> tuple[Manifest, Target, list[str]]:
    """A backup, the moment after three segments with a row each, and those segments' names."""
    cluster.do("CREATE TABLE rows (id int)")
    backup = cluster.take()
    segments = []
    for number in range(3):
        cluster.do(f"INSERT INTO rows VALUES ({number})")
        segments.append(cluster.switch())
    moment = cluster.ask("SELECT clock_timestamp()")
    cluster.do("INSERT INTO rows VALUES (99)")
    cluster.switch()
    return backup, Target(moment), segments


@pytest.fixture
def plan(cluster: Cluster, story: tuple[Manifest, Target, list[str]]) -> Plan:
    backup, target, _ = story
    return cluster.restorer().plan(target, backup.id)


@pytest.fixture
def data() -> Iterator[Path]:
    folder = new_folder()
    yield folder / "data"
    shutil.rmtree(folder)


def copied(
    cluster: Cluster, plan: Plan, data: Path, said: list[str] | None = None
) -> AbstractContextManager[str]:
    say = [] if said is None else said
    return running_copy(
        plan, cluster.restorer(), data, user=SUPERUSER, database="dbx", say=say.append
    )


def numbers(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return [id_ for (id_,) in connection.execute("SELECT id FROM rows ORDER BY id")]


def test_a_copy_is_at_its_moment_and_none_of_the_wal_is_left(
    cluster: Cluster, plan: Plan, data: Path
) -> None:
    said: list[str] = []
    with copied(cluster, plan, data, said) as dsn:
        assert numbers(dsn) == [0, 1, 2]
        assert {each.name for each in data.parent.iterdir()} == {"data", "data.server"}
    with copied(cluster, plan, data, said) as dsn:
        assert numbers(dsn) == [0, 1, 2]
    assert len([words for words in said if words.startswith("Restoring")]) == 1
    assert [each.name for each in data.parent.iterdir()] == ["data"]


def test_a_copy_that_was_killed_while_it_rolled_forward_goes_on(
    cluster: Cluster, plan: Plan, data: Path
) -> None:
    """Whatever its restore_command was, what it asked is not there any more."""
    cluster.restorer().restore(plan, data, "exit 200", is_kept=False)
    (data.parent / "data.wal" / "ready").mkdir(parents=True)
    with copied(cluster, plan, data) as dsn:
        assert numbers(dsn) == [0, 1, 2]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_segment_that_is_gone_since_the_plan_stops_it(
    cluster: Cluster,
    story: tuple[Manifest, Target, list[str]],
    plan: Plan,
    data: Path,
    gone: int,
) -> None:
    """It never ends early: with what came before the hole, the copy would look whole."""
    held = stored_file(cluster.store, story[2][gone])
    assert held is not None
    path = cluster.store.folder / held.object_name
    aside = path.rename(data.parent / "aside")
    try:
        with pytest.raises(Unavailable, match="is gone"), copied(cluster, plan, data):
            pytest.fail("It started.")
    finally:
        aside.rename(path)
    assert not (data.parent / "data.wal").exists()


def test_only_what_is_kept_waits_for_the_disk(
    cluster: Cluster, plan: Plan, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(restoring, "sync_filesystem", synced.append)
    with copied(cluster, plan, data) as dsn:
        assert synced == []
        with psycopg.connect(dsn) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
    kept = data.with_name("kept")
    cluster.restorer().restore(plan, kept, cluster.restore_command())
    assert synced[-1] == kept.parent
    assert len(synced) == 2
    settings = (kept / "postgresql.auto.conf").read_text()
    assert "fsync" not in settings
    assert "full_page_writes" not in settings


def test_no_wal_is_fetched_for_a_copy_that_has_recovered(
    cluster: Cluster, plan: Plan, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with copied(cluster, plan, data):
        pass

    def refused(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(copy_running, "wal_at_hand", refused)
    with copied(cluster, plan, data) as dsn:
        assert numbers(dsn) == [0, 1, 2]
