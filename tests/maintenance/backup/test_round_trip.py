"""Backups of a real cluster come back: full, incremental, and to a moment."""

from __future__ import annotations

from datetime import timedelta

from maintenance.backup.restoring import Target
from tests.maintenance.backup.clusters import Cluster


def test_mass_delete_is_undone_to_the_second_before(cluster: Cluster) -> None:
    """R4 (on small data): all rows are back, none from after the moment."""
    cluster.do("CREATE TABLE flights AS SELECT generate_series(1, 10000) AS id")
    backup = cluster.take()
    cluster.do("INSERT INTO flights SELECT generate_series(10001, 12000)")
    moment = cluster.ask("SELECT clock_timestamp()") + timedelta(seconds=1)
    cluster.wait_for(lambda: cluster.ask("SELECT clock_timestamp()") > moment, "a second")
    cluster.do("DELETE FROM flights")
    cluster.do("INSERT INTO flights VALUES (-1)")
    cluster.switch()
    with cluster.restored(Target(moment), backup.id) as copy:
        assert copy.ask("SELECT count(*) FROM flights") == 12000
        assert copy.ask("SELECT count(*) FROM flights WHERE id < 0") == 0


def test_incremental_backup_is_combined_with_its_base(cluster: Cluster) -> None:
    cluster.require_increments()
    cluster.do("CREATE TABLE parts AS SELECT generate_series(1, 5000) AS id")
    full = cluster.take()
    cluster.do("INSERT INTO parts VALUES (-1)")
    first = cluster.take(full)
    cluster.do("INSERT INTO parts VALUES (-2)")
    second = cluster.take(first)
    assert [first.kind, second.parent] == ["incremental", first.id]
    assert second.stored_bytes < full.stored_bytes / 2
    with cluster.restored(Target(), second.id) as copy:
        assert copy.ask("SELECT count(*) FROM parts") == 5002
