"""Flights with chosen rows, and what a plan opens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import connection
from django.utils import timezone

from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.telemetry.columns import COLUMN_TYPES
from aviation.telemetry.models import FlightOverview, StreamedFlight
from aviation.telemetry.record import FloatArray
from aviation.telemetry.storing import store_rows
from tests.conftest import Cast

BOOT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
Columns = dict[str, Any]


def fly(cast: Cast, columns: Columns, *, boot_at: datetime = BOOT, **values: Any) -> FlightSession:
    """A completed flight whose log held ``columns``, ``time_s`` among them; NaN is no value."""
    time_s = np.asarray(columns["time_s"], dtype=np.float64)
    flight = FlightSession.objects.create(
        **{
            "aircraft": cast.aircraft,
            "state": "completed",
            "started_at": boot_at,
            "ended_at": boot_at + timedelta(seconds=float(time_s.max(initial=0.0))),
            "boot_at": boot_at,
        }
        | values
    )
    keep(flight, columns)
    names = sorted(name for name in columns if name != "time_s")
    FlightOverview.objects.create(
        session=flight,
        payload=b"",
        etag="x",
        row_count=len(time_s),
        channels=names,
        first_point_at=boot_at + timedelta(seconds=float(time_s.min(initial=0.0)) - 1),
        last_point_at=boot_at + timedelta(seconds=float(time_s.max(initial=0.0)) + 1),
    )
    return flight


def stream(cast: Cast, columns: Columns, *, boot_at: datetime, **values: Any) -> StreamedFlight:
    """A flight under way whose newest row is the last of ``columns``."""
    last = boot_at + timedelta(seconds=float(columns["time_s"][-1]))
    flight = FlightSession.objects.create(
        **{
            "aircraft": cast.aircraft,
            "state": "in_progress",
            "started_at": boot_at,
            "boot_at": boot_at,
            "pilot": values.pop("pilot", None),
        }
        | ({"aircraft": values["aircraft"]} if "aircraft" in values else {})
    )
    keep(flight, columns)
    known = {
        name: float(columns[name][-1])
        for name in ("latitude", "longitude", "yaw_deg", "battery_percentage")
        if name in columns
    }
    return StreamedFlight.objects.create(
        session=flight,
        **{
            "aircraft": flight.aircraft,
            "point_count": len(columns["time_s"]),
            "first_point_at": boot_at,
            "last_point_at": last,
            "last_received_at": last,
        }
        | known
        | values,
    )


def keep(flight: FlightSession, columns: Columns) -> None:
    table = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    assert flight.boot_at is not None
    store_rows(session_id=flight.pk, boot_at=flight.boot_at, rows=pa.table(table))


def as_stored(name: str, values: FloatArray) -> FloatArray:
    """What becomes of values in the table: real for columns and motors, four decimals in extras."""
    if name in COLUMN_TYPES:
        return values.astype(COLUMN_TYPES[name].to_pandas_dtype()).astype(np.float64)
    if name.startswith("motor_rpm"):
        return values.astype(np.float32).astype(np.float64)
    return np.round(values, 4)


def another_aircraft(registration: str) -> Aircraft:
    return Aircraft.objects.create(
        registration=registration, name=registration, aircraft_type="fixed_wing"
    )


def make_months(*months: str) -> None:
    with connection.cursor() as cursor:
        for month in months:
            cursor.execute("SELECT telemetry_ensure_partition(%s)", [f"{month}-01"])


def months_opened(text: Any, values: Any, *, analyze: bool = False) -> set[str]:
    """The months whose partition a query's plan reads; with ``analyze`` those it really read."""
    options = "(ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)" if analyze else "(COSTS OFF)"
    with connection.cursor() as cursor:
        whole = text if isinstance(text, str) else text.as_string(cursor.connection)
        cursor.execute(f"EXPLAIN {options} {whole}", values)
        lines = [line for (line,) in cursor.fetchall()]
    read = [line for line in lines if "never executed" not in line]
    return set(re.findall(r"telemetry_point_(y\d{4}m\d{2})", "\n".join(read)))


def minutes_ago(minutes: float) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)
