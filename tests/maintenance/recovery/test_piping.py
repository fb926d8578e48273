"""A schema through the pipe: every row as it was, and all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from embedded.secret_file import SUPERUSER
from maintenance.backup.programs import ProgramFailed
from maintenance.recovery import piping
from maintenance.recovery.beside import Copy
from maintenance.recovery.comparing import contents_of
from maintenance.recovery.piping import pipe_schema
from maintenance.recovery.plans import Source
from tests.maintenance.backup.clusters import Cluster, end, make_cluster

SCHEMA = "org_sent"
ODD = '"It\'s an ""odd"" name"'
MAKE = (
    f"CREATE SCHEMA {SCHEMA}",
    f"CREATE TYPE {SCHEMA}.mood AS ENUM ('calm', 'rough')",
    f"""CREATE TABLE {SCHEMA}.{ODD} (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "at 'noon'" timestamptz, lat float8,
        twice float8 GENERATED ALWAYS AS (lat * 2) STORED, gone int, more jsonb, raw bytea,
        CHECK (id > 0))""",
    f"""ALTER TABLE {SCHEMA}.{ODD} DROP COLUMN gone""",
    f"""INSERT INTO {SCHEMA}.{ODD} ("at 'noon'", lat, more, raw)
        SELECT now() + n * interval '1 ms', CASE n % 4 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity'
            WHEN 2 THEN NULL ELSE n / 3.0 END, jsonb_build_object('n', n), '\\x00ff0a5c27'
        FROM generate_series(1, 20000) n""",
    f"CREATE TABLE {SCHEMA}.parts (id int, at date) PARTITION BY RANGE (at)",
    f"""CREATE TABLE {SCHEMA}.parts_2026 PARTITION OF {SCHEMA}.parts
        FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')""",
    f"INSERT INTO {SCHEMA}.parts SELECT n, '2026-05-01' FROM generate_series(1, 40000) n",
    f"CREATE TABLE {SCHEMA}.moods AS SELECT n, 'rough'::{SCHEMA}.mood AS mood"
    " FROM generate_series(1, 40000) n",
    f"CREATE TABLE {SCHEMA}.few AS SELECT 1 AS one",
    f"CREATE MATERIALIZED VIEW {SCHEMA}.figures AS SELECT count(*) FROM {SCHEMA}.moods",
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = make_cluster()
    made.do("CREATE DATABASE live TEMPLATE template0", *MAKE)
    yield made
    end(made)


@pytest.fixture
def live(cluster: Cluster) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """The running database, which has no such schema."""
    with psycopg.connect(live_dsn(cluster), autocommit=True) as connection:
        yield connection
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


@pytest.fixture
def copy(cluster: Cluster) -> Iterator[Copy]:
    """The database of then."""
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        yield Copy(cluster.dsn, connection, Source((), "", ""))


def live_dsn(cluster: Cluster) -> str:
    return cluster.server.url(SUPERUSER, "live")


def is_there(live: psycopg.Connection[tuple[Any, ...]]) -> bool:
    return live.execute("SELECT to_regnamespace(%s)", [SCHEMA]).fetchone() != (None,)


def test_every_row_arrives_as_it_was(
    cluster: Cluster, copy: Copy, live: psycopg.Connection[tuple[Any, ...]]
) -> None:
    large = copy.connection.execute(piping._LARGE, [SCHEMA, piping.LARGE_BYTES]).fetchall()
    assert [name for name, _ in large] == [ODD[1:-1].replace('""', '"'), "parts_2026"]
    pipe_schema(copy, live_dsn(cluster), cluster.programs, SCHEMA)
    arrived, sent = contents_of(live, SCHEMA), contents_of(copy.connection, SCHEMA)
    assert [each.rows for each in arrived.values()] == [20000, 1, 40000, 40000]
    for each in (arrived, sent):
        del each[
            "moods"
        ]  # PostgreSQL hashes an enum's own number, which differs from place to place
    assert arrived == sent
    rough = f"SELECT count(*) FROM {SCHEMA}.moods WHERE mood = 'rough'"
    assert live.execute(rough).fetchone() == (40000,)
    added = f"""INSERT INTO {SCHEMA}.{ODD} (lat) VALUES (4) RETURNING id, twice"""
    assert live.execute(added).fetchone() == (20001, 8.0)


def test_rows_that_cannot_be_read_leave_nothing(
    cluster: Cluster,
    copy: Copy,
    live: psycopg.Connection[tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(piping, "_LARGE", "SELECT 'few', ARRAY['two'] WHERE %s <> %s::text")
    with pytest.raises(ProgramFailed, match="two"):
        pipe_schema(copy, live_dsn(cluster), cluster.programs, SCHEMA)
    assert not is_there(live)


def test_reason_of_the_running_database_is_told(
    cluster: Cluster, copy: Copy, live: psycopg.Connection[tuple[Any, ...]]
) -> None:
    live.execute(f"CREATE SCHEMA {SCHEMA}")
    with pytest.raises(ProgramFailed, match=f'"{SCHEMA}" already exists'):
        pipe_schema(copy, live_dsn(cluster), cluster.programs, SCHEMA)
    assert contents_of(live, SCHEMA) == {}


@pytest.mark.parametrize("problem", [ProgramFailed("pg_dump failed: no more"), OSError("no more")])
@pytest.mark.parametrize("whole", [0, 1])
def test_half_a_dump_leaves_nothing(
    cluster: Cluster,
    copy: Copy,
    live: psycopg.Connection[tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
    problem: Exception,
    whole: int,
) -> None:
    """Whatever keeps the rest from coming."""
    dump, calls = piping._Sender._dump, []

    def breaks(sender: piping._Sender, *options: str) -> None:
        if len(calls) == whole:
            raise problem
        calls.append(options)
        dump(sender, *options)

    monkeypatch.setattr(piping._Sender, "_dump", breaks)
    with pytest.raises(type(problem), match="no more"):
        pipe_schema(copy, live_dsn(cluster), cluster.programs, SCHEMA)
    assert not is_there(live)
