"""Flights old enough to be archived, and all rows wherever they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.test import Client

from aviation.flights.models import FlightSession
from aviation.telemetry.cold.archiving import Archived, archive_month
from aviation.telemetry.cold.planning import plan_months
from aviation.telemetry.models import ColdFile
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.reading.build import fly

OLD = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROWS = 2_000
NAMES = ("latitude", "roll_deg", "yaw_deg", "battery_voltage_v", "gps_satellites", "motor_rpm_1",
         "motor_rpm_2", "ekf_velocity_ratio")  # fmt: skip


def columns(rows: int = ROWS, seed: int = 1) -> dict[str, Any]:
    """Every kind of column: double, real, small integer, motors with gaps, extras with gaps."""
    chance = np.random.default_rng(seed)
    gappy = 15 + chance.normal(size=rows)
    gappy[::3] = np.nan
    motor = 5_000 + chance.normal(size=rows)
    motor[::7] = np.nan
    extra = np.abs(chance.normal(size=rows))
    extra[::2] = np.nan
    return {
        "time_s": np.arange(rows) / 10,
        "latitude": 47 + chance.normal(size=rows) / 1_000,
        "roll_deg": 20 * chance.normal(size=rows).clip(-4, 4),
        "yaw_deg": chance.uniform(0, 359, rows),
        "battery_voltage_v": gappy,
        "gps_satellites": chance.integers(6, 20, rows).astype(float),
        "motor_rpm_1": motor,
        "motor_rpm_2": 5_100 + chance.normal(size=rows),
        "ekf_velocity_ratio": extra,
    }


@contextmanager
def bound(cast: Cast) -> Iterator[None]:
    with tenant_context(cast.organization), transaction.atomic():
        yield


def flown(cast: Cast, *, seed: int = 1, rows: int = ROWS, at: datetime = OLD) -> FlightSession:
    """A committed flight."""
    with bound(cast):
        return fly(cast, columns(rows, seed), boot_at=at)


def archive_all(cast: Cast, at: datetime = NOW) -> list[Archived]:
    with tenant_context(cast.organization):
        with transaction.atomic():
            plan = plan_months(older_than_days=90, at=at)
        return [archive_month(month) for month in plan]


def rows_in_table(cast: Cast) -> int:
    with bound(cast), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM telemetry_point")
        return int(cursor.fetchone()[0])


def rows_archived(cast: Cast) -> int:
    with bound(cast):
        return sum(file.rows for file in ColdFile.objects.filter(is_in_force=True))


def partitions(cast: Cast) -> list[str]:
    with bound(cast), connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits "
            "WHERE inhparent = 'telemetry_point'::regclass ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def browser(cast: Cast) -> Client:
    """The manager's, signed in for good: archiving is never part of a larger transaction."""
    client = Client()
    client.force_login(cast.members["manager"].user)
    return client
