"""Counting what a backup must hold, however many tables there are and whatever goes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from maintenance.backup import notes
from maintenance.backup.notes import contents
from tests.maintenance.backup.clusters import Cluster, end, make_cluster

TABLES = 2_500
"""More than that cluster's transactions can lock at once, as of a few hundred organizations."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crowded() -> Iterator[Cluster]:
    made = make_cluster({"max_locks_per_transaction": "10"})
    try:
        made.do(*(f"CREATE TABLE t{number} AS SELECT 1 AS one" for number in range(TABLES)))
        yield made
    finally:
        end(made)


def lock_all(connection: psycopg.Connection) -> None:
    with connection.transaction():
        for number in range(TABLES):
            connection.execute(f"SELECT FROM t{number}")


def test_more_tables_than_a_transaction_can_lock_are_counted(crowded: Cluster) -> None:
    with psycopg.connect(crowded.dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.OutOfMemory):
            lock_all(connection)
        counted = contents(connection).rows
    assert sum(counted[f"public.t{number}"] for number in range(TABLES)) == TABLES


def test_table_that_goes_meanwhile_stops_no_backup(
    crowded: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = "VALUES ('public', 't0'), ('public', 'dropped_since')"
    monkeypatch.setattr(notes, "_TABLES", listed)
    with psycopg.connect(crowded.dsn, autocommit=True) as connection:
        assert contents(connection).rows == {"public.t0": 1}
