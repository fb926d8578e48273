"""What it costs a commit that its change is told to the cache, three ways.

The same small writes to the same table, as the application role and durably: without a trigger;
with a counter's row counted up; with a NOTIFY; and with a row added, as the product does it. By one
writer, and by eight of one organization at once.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg

from benchmarks import world
from benchmarks.report import Report

NAMES = ("cache.commit_cost",)
WRITERS = 8
COMMITS = 150
ROUNDS = 5
WAYS = ("none", "counter", "notify", "rows")

TABLES = """
CREATE TABLE {schema}.cost_counter_row (topic text PRIMARY KEY, changes bigint NOT NULL);
INSERT INTO {schema}.cost_counter_row VALUES ('cost', 0);
GRANT SELECT, UPDATE ON {schema}.cost_counter_row TO dbx_app;
CREATE FUNCTION {schema}.cost_counter() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    UPDATE {schema}.cost_counter_row SET changes = changes + 1 WHERE topic = 'cost';
    RETURN NULL;
END
$body$;
CREATE FUNCTION {schema}.cost_notify() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM pg_notify('cost', TG_TABLE_SCHEMA || ' ' || pg_current_xact_id());
    RETURN NULL;
END
$body$;
"""
TABLE = """
CREATE TABLE {table} (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO {table} SELECT n, '' FROM generate_series(1, 8) n;
GRANT SELECT, UPDATE ON {table} TO dbx_app;
"""
TRIGGERS = {
    "counter": "EXECUTE FUNCTION {schema}.cost_counter()",
    "notify": "EXECUTE FUNCTION {schema}.cost_notify()",
    "rows": "EXECUTE FUNCTION public.caching_changed('cost')",
}


def run(report: Report) -> None:
    with _tables() as schema, _listener() as heard:
        alone = _measure(schema, writers=1)
        crowd = _measure(schema, writers=WRITERS)
        late, commits = _heard_late(schema, heard)
    for way, name in (("rows", ""), ("counter", "_counter"), ("notify", "_notify")):
        times, times_alone = crowd[way] / crowd["none"], alone[way] / alone["none"]
        told = f"; NOTIFY not yet there after {late} of {commits} commits" * (way == "notify")
        report.add(
            name=f"cache.commit_cost{name}",
            value=crowd[way] * 1_000,
            unit="ms",
            against=(
                f"the commit without a trigger, {crowd['none'] * 1_000:.2f} ms, {WRITERS} writers; "
                f"{times_alone:.2f} times for one{told}"
            ),
            ratio=times,
            goal="the cheapest of the three" if way == "rows" else "for comparison",
            holds=way != "rows" or crowd["rows"] <= min(crowd["counter"], crowd["notify"]),
        )


def _measure(schema: str, *, writers: int) -> dict[str, float]:
    """Median seconds of a commit by way, in alternating rounds."""
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    with _writers(writers) as connections:
        for number in range(ROUNDS + 1):
            for way in WAYS:
                took_s = _commits(connections, f"{schema}.cost_{way}")
                if number:
                    seconds[way].append(took_s)
    return {way: statistics.median(each) for way, each in seconds.items()}


def _commits(connections: list[psycopg.Connection[Any]], table: str) -> float:
    """Seconds for each commit, all writers at it together."""
    start = threading.Barrier(len(connections) + 1)

    def write(number: int) -> None:
        statement = _write(table, number + 1)
        start.wait()
        for _ in range(COMMITS):
            connections[number].execute(statement)

    with ThreadPoolExecutor(len(connections)) as crowd:
        done = [crowd.submit(write, number) for number in range(len(connections))]
        start.wait()
        began = time.perf_counter()
        for each in done:
            each.result()
    return (time.perf_counter() - began) / COMMITS


def _write(table: str, number: int) -> str:
    return f"UPDATE {table} SET name = md5(name) WHERE id = {number}"  # noqa: S608 - constants


def _heard_late(schema: str, heard: set[str]) -> tuple[int, int]:
    """How often a commit had returned before its notification was there."""
    late, commits = 0, 300
    with _writers(1) as (writer,):
        for _ in range(commits):
            with writer.transaction():
                writer.execute(_write(f"{schema}.cost_notify", 1))
                told = writer.execute("SELECT pg_current_xact_id()::text").fetchall()
            late += f"{schema} {told[0][0]}" not in heard
    return late, commits


@contextmanager
def _listener() -> Iterator[set[str]]:
    """What was heard on the channel so far."""
    heard: set[str] = set()
    with psycopg.connect(_address("default"), autocommit=True) as connection:
        connection.execute("LISTEN cost")
        is_over = threading.Event()

        def listen() -> None:
            while not is_over.is_set():
                for each in connection.notifies(timeout=0.2):
                    heard.add(each.payload)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield heard
        finally:
            is_over.set()
            thread.join()


@contextmanager
def _writers(count: int) -> Iterator[list[psycopg.Connection[Any]]]:
    connections = [psycopg.connect(_address("default"), autocommit=True) for _ in range(count)]
    try:
        yield connections
    finally:
        for each in connections:
            each.close()


@contextmanager
def _tables() -> Iterator[str]:
    """A table for each way, in an organization's schema; gone afterwards."""
    schema = world.organization().schema_name
    tables = [f"{schema}.cost_{way}" for way in WAYS]
    with psycopg.connect(_address("owner"), autocommit=True) as owner:
        owner.execute(TABLES.format(schema=schema))
        for way, table in zip(WAYS, tables, strict=True):
            owner.execute(TABLE.format(table=table))
            if way in TRIGGERS:
                owner.execute(_trigger(way, table, schema))
        try:
            yield schema
        finally:
            owner.execute(f"DROP TABLE {', '.join(tables)}, {schema}.cost_counter_row")
            owner.execute(f"DROP FUNCTION {schema}.cost_counter(), {schema}.cost_notify()")


def _trigger(way: str, table: str, schema: str) -> str:
    return (
        f"CREATE TRIGGER tells AFTER UPDATE ON {table} REFERENCING NEW TABLE AS changed_rows"
        f" FOR EACH STATEMENT {TRIGGERS[way].format(schema=schema)}"
    )


def _address(alias: str) -> str:
    from django.db import connections

    given = connections[alias].get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return psycopg.conninfo.make_conninfo(**{n: given[n] for n in names if given.get(n)})
