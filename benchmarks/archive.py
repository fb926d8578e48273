"""Telemetry out of the table into files, and read from there, against the same work without us."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import world
from benchmarks.report import Report, alternate

NAMES = ("archive.rate", "archive.read_back", "archive.flight_page", "archive.size")
OLD = timedelta(days=200)
FLIGHTS = 6
CHANNELS = ("latitude", "longitude", "altitude_m", "ground_speed_ms", "roll_deg", "pitch_deg",
            "battery_voltage_v", "motor_rpm_1")  # fmt: skip


def run(report: Report) -> None:
    from aviation.tenants.context import tenant_context

    with tenant_context(world.organization()):
        flights = _fly(datetime.now(tz=UTC) - OLD)
        in_table_s = _page_s(flights[0])
        tables = _rows(flights)
        began = time.perf_counter()
        done = _archive()
        archived_s = time.perf_counter() - began
        _add_rate(report, tables, archived_s, done)
        _add_read_back(report, tables)
        _add_page(report, flights[0], in_table_s)
        _add_size(report, "archive.size.noise", done, "made-up noise, which cannot be packed")
        world.forget_logs()
        _import_old_log()
        _add_size(report, "archive.size", _archive(), "the log of a simulated flight")
        world.forget_logs()


def _import_old_log() -> None:
    """A whole log as pilots upload it, with all the channels that have no column of their own."""
    from aviation.telemetry.management.commands.import_logs import import_file

    path = world.simulated(600, datetime.now(tz=UTC) - OLD)
    result = import_file(path, world.aircraft())
    if result.outcome != "imported":
        raise RuntimeError(f"{result.outcome}: {result.detail}")


def _fly(until: datetime) -> list[Any]:
    from django.db import transaction

    from aviation.flights.models import FlightSession
    from aviation.telemetry.generating import POINTS_EACH, generate_flights

    list(generate_flights(points=FLIGHTS * POINTS_EACH, until=until))
    with transaction.atomic():
        return list(FlightSession.objects.order_by("started_at"))


def _rows(flights: list[Any]) -> list[pa.Table]:
    from django.db import connection, transaction

    from aviation.telemetry.cold.fetching import fetch_rows

    tables = []
    for flight in flights:
        with transaction.atomic(), connection.cursor() as cursor:
            month = flight.started_at.date().replace(day=1)
            tables.append(fetch_rows(cursor, flight.pk, month))
    return [table for table in tables if table.num_rows]


def _archive() -> list[Any]:
    from django.db import transaction

    from aviation.telemetry.cold.archiving import archive_month
    from aviation.telemetry.cold.planning import plan_months

    with transaction.atomic():
        plan = plan_months(older_than_days=90, at=datetime.now(tz=UTC))
    return [archive_month(month) for month in plan if month.rows]


def _page_s(flight: Any) -> float:
    """Seconds of what the flight page asks when somebody zooms in on eight channels."""
    from django.db import transaction

    from aviation.telemetry.windows import read_window

    def read() -> None:
        with transaction.atomic():
            read_window(flight=flight, channels=CHANNELS, start=None, end=None, max_points=2_000)

    (seconds,) = alternate(read)
    return seconds


def _add_rate(report: Report, tables: list[pa.Table], took_s: float, done: list[Any]) -> None:
    def write_plainly() -> None:
        with tempfile.TemporaryDirectory(prefix="dbx-bench-") as folder:
            for number, table in enumerate(tables):
                pq.write_table(table, Path(folder) / f"{number}.parquet", compression="zstd")

    (plain_s,) = alternate(write_plainly)
    rows = sum(each.rows for each in done)
    report.add(
        name="archive.rate",
        value=rows / took_s,
        unit="rows/s",
        against=f"writing the same rows as Parquet only, {rows / plain_s:,.0f} rows/s",
        ratio=plain_s / took_s,
        goal="stated: out of the table, packed, read back and compared, partition dropped",
        holds=True,
    )


def _add_read_back(report: Report, tables: list[pa.Table]) -> None:
    from django.db import transaction

    from aviation.telemetry.cold.writing import read_file
    from aviation.telemetry.models import ColdFile

    with transaction.atomic():
        files = list(ColdFile.objects.filter(is_in_force=True))
    with tempfile.TemporaryDirectory(prefix="dbx-bench-") as folder:
        for number, table in enumerate(tables):
            pq.write_table(table, Path(folder) / f"{number}.parquet", compression="zstd")
        paths = sorted(Path(folder).iterdir())
        ours_s, plain_s = alternate(
            lambda: [read_file(file) for file in files],
            lambda: [pq.read_table(path) for path in paths],
        )
    rows = sum(file.rows for file in files)
    report.add(
        name="archive.read_back",
        value=rows / ours_s,
        unit="rows/s",
        against=f"reading plain Parquet of the same rows, {rows / plain_s:,.0f} rows/s",
        ratio=plain_s / ours_s,
        goal="stated: with its SHA-256 checked",
        holds=True,
    )


def _add_page(report: Report, flight: Any, in_table_s: float) -> None:
    archived_s = _page_s(flight)
    report.add(
        name="archive.flight_page",
        value=archived_s * 1_000,
        unit="ms",
        against=f"the same from the table, {in_table_s * 1_000:.0f} ms",
        ratio=archived_s / in_table_s,
        goal="at most 2 times",
        holds=archived_s <= 2 * in_table_s,
    )


def _add_size(report: Report, name: str, done: list[Any], what: str) -> None:
    table, files = (sum(each.table_bytes for each in done), sum(each.file_bytes for each in done))
    rows = sum(each.rows for each in done)
    report.add(
        name=name,
        value=files / rows,
        unit="B/row",
        against=f"{table / rows:.0f} in the table with its indexes; {what}",
        ratio=table / files,
        goal="at least 5 times smaller",
        holds=table >= 5 * files,
    )
