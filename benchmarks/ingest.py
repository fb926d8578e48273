"""Telemetry over HTTP, from body to committed row, against a raw COPY of the same rows.

The limit is what PostgreSQL takes from one connection of the owner's: a binary COPY into a table
of the same columns without checks, key or row level security. Server, load and database share the
machine's cores, as they do in a small installation.
"""

from __future__ import annotations

import http.client
import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import orjson
import pyarrow as pa

from benchmarks import world
from benchmarks.report import Report
from benchmarks.small_posts import add_small_posts
from tests.e2e.stack import environment, running_stack

NAMES = ("ingest.arrow", "ingest.ndjson", "ingest.json", "ingest.small_posts", "ingest.memory")
ROWS, BODIES, CLIENTS, ROUNDS = 50_000, 8, 2, 3
JSON_ROWS = 12_000
MOST_MEMORY_MB = 400
LEAST_ARROW = 100_000
GOALS = {"ingest.arrow": 0.50, "ingest.ndjson": 0.30, "ingest.json": 0.15}


@dataclass(frozen=True)
class Post:
    path: str
    content_type: str
    body: bytes
    rows: int


def run(report: Report) -> None:
    with TemporaryDirectory(prefix="dbx-bench-") as name:
        folder, key = Path(name), _key()
        env = _environment(folder)
        if any(report.wants(f"ingest.{name}") for name in (*KINDS, "memory")):
            _add_rates(report, env, folder, key)
        if report.wants("ingest.small_posts"):
            add_small_posts(report, env, folder, key)


def _add_rates(report: Report, env: dict[str, str], folder: Path, key: str) -> None:
    with running_stack(env, folder) as stack:
        limit = _median(lambda: _raw_copy(make_points(ROWS, start_s=0)))
        for name, kind in KINDS.items():
            if report.wants(f"ingest.{name}"):
                _add_rate(report, f"ingest.{name}", _sent_rate(stack.address, key, kind), limit)
        _add_memory(report)


def _environment(folder: Path) -> dict[str, str]:
    env = environment(world.DATABASE, folder / "media", folder, worker=0)
    return env | {"DBX_RATE_LIMIT_FACTOR": "1000000"}


def _key() -> str:
    from accounts.api_keys.services import create_api_key
    from aviation.tenants.context import tenant_context

    owner = world.manager()
    with tenant_context(world.organization()):
        name = f"bench {uuid.uuid4().hex[:8]}"
        return str(create_api_key(owner=owner, name=name, scopes=("write",), actor=owner)[1])


def flight_address() -> str:
    """A flight and an aircraft of its own for each body.

    Nobody sends one flight over two lines at once, and an aircraft flies one flight at a time:
    whoever begins another of the same aircraft waits until the first is committed.
    """
    from django.db import transaction
    from django.utils import timezone

    from aviation.fleet.models import Aircraft
    from aviation.flights.models import FlightSession
    from aviation.tenants.context import tenant_context

    registration = f"BENCH-{uuid.uuid4().hex[:8]}"
    with tenant_context(world.organization()), transaction.atomic():
        aircraft = Aircraft.objects.create(registration=registration, aircraft_type="multirotor")
        flight = FlightSession.objects.create(
            aircraft=aircraft, started_at=timezone.now(), state="in_progress"
        )
    return f"/api/v1/flights/{flight.pk}/telemetry/"


def make_points(rows: int, *, start_s: float) -> pa.Table:
    """``rows`` at 50 Hz until now, 19 values each, none alike."""
    from aviation.telemetry.channels import spec_of
    from aviation.telemetry.columns import COLUMN_TYPES

    chance = np.random.default_rng(int(start_s) + rows)
    moments = (time.time() - rows / 50 + np.arange(rows) / 50) * 1e6
    columns: dict[str, Any] = {"timestamp": pa.array(moments.astype(np.int64)).cast(_timestamp())}
    for name in COLUMN_TYPES:
        upper = min(spec_of(name).upper or 100.0, 80.0)
        values = chance.uniform(0, upper, rows)
        is_whole = pa.types.is_integer(COLUMN_TYPES[name])
        columns[name] = np.floor(values % 8) if is_whole else np.round(values, 3)
    return pa.table(columns)


def _timestamp() -> pa.DataType:
    return pa.timestamp("us", tz="UTC")


def _arrow(number: int) -> Post:
    table, sink = make_points(ROWS, start_s=number), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    kind = "application/vnd.apache.arrow.stream"
    return Post(flight_address(), kind, sink.getvalue().to_pybytes(), ROWS)


def _ndjson(number: int) -> Post:
    body = b"\n".join(orjson.dumps(row) for row in make_points(ROWS, start_s=number).to_pylist())
    return Post(flight_address(), "application/x-ndjson", body, ROWS)


def _json(number: int) -> Post:
    body = orjson.dumps(make_points(JSON_ROWS, start_s=number).to_pylist())
    return Post(flight_address(), "application/json", body, JSON_ROWS)


KINDS = {"arrow": _arrow, "ndjson": _ndjson, "json": _json}


def _sent_rate(address: str, key: str, make: Callable[[int], Post]) -> float:
    """Rows a second, acknowledged: the median of several rounds after one to warm up."""

    def once() -> float:
        posts = [make(number) for number in range(BODIES)]
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            stored = sum(pool.map(lambda post: _send(address, key, post), posts))
        rate = stored / (time.perf_counter() - began)
        if stored != sum(post.rows for post in posts):
            raise RuntimeError("not every row was acknowledged")
        return rate

    return _median(once)


def _median(measure: Callable[[], float]) -> float:
    measure()
    return statistics.median(measure() for _ in range(ROUNDS))


def _send(address: str, key: str, post: Post) -> int:
    host = urlsplit(address)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=120)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": post.content_type}
    connection.request("POST", post.path, body=post.body, headers=headers)
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {told[:300]!r}")
    return int(orjson.loads(told)["accepted"])


def _raw_copy(table: pa.Table) -> float:
    """Rows a second of a bare binary COPY, encoding included."""
    import pgpq
    import psycopg

    from aviation.telemetry.ingest.batch import TIMESTAMP
    from aviation.telemetry.storing import as_points

    points = as_points(table, table["timestamp"].cast(TIMESTAMP)).drop_columns(["slot", "extras"])
    names = ", ".join(f'"{name}"' for name in points.column_names)
    schema = world.organization().schema_name
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner, owner.cursor() as cursor:
        cursor.execute(f'SET LOCAL search_path = "{schema}"'.encode())
        cursor.execute(b"CREATE TABLE bench_copy (LIKE telemetry_point)")
        cursor.execute(b"ALTER TABLE bench_copy ALTER session_id SET DEFAULT gen_random_uuid()")
        began = time.perf_counter()
        encoder = pgpq.ArrowToPostgresBinaryEncoder(points.schema)
        with cursor.copy(f"COPY bench_copy ({names}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
            copy.write(encoder.write_header())
            for batch in points.to_batches(max_chunksize=10_000):
                copy.write(encoder.write_batch(batch))
            copy.write(encoder.finish())
        rate: float = points.num_rows / (time.perf_counter() - began)
        owner.rollback()
    return rate


def _add_rate(report: Report, name: str, rate: float, limit: float) -> None:
    goal, ratio = GOALS[name], rate / limit
    is_enough = name != "ingest.arrow" or rate >= LEAST_ARROW
    least = f", and {LEAST_ARROW:,} rows/s" if name == "ingest.arrow" else ""
    report.add(
        name=name,
        value=rate,
        unit="rows/s",
        against=f"raw binary COPY of the same rows, {limit:,.0f} rows/s",
        ratio=ratio,
        goal=f"at least {goal:.2f} of it{least}",
        holds=ratio >= goal and is_enough,
    )


def _add_memory(report: Report) -> None:
    """The most that any web process had in memory, after all of the above."""
    peaks = [_peak_mb(pid) for pid in _web_processes()]
    report.add(
        name="ingest.memory",
        value=max(peaks, default=0.0),
        unit="MB",
        against=f"{len(peaks)} web processes",
        ratio=None,
        goal=f"under {MOST_MEMORY_MB} MB",
        holds=0 < max(peaks, default=0.0) < MOST_MEMORY_MB,
    )


def _web_processes() -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            surroundings = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"granian" in command and f"/{world.DATABASE}".encode() in surroundings:
            yield int(folder.name)


def _peak_mb(pid: int) -> float:
    status = (Path("/proc") / str(pid) / "status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1_024
