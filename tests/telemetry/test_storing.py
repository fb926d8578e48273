"""Rows reach ``telemetry_point`` as they are, under row level security."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from django.db import DataError, IntegrityError, connection, transaction

from aviation.flights.models import FlightSession
from aviation.telemetry.columns import COLUMN_TYPES
from aviation.telemetry.models import TelemetryPoint
from aviation.telemetry.storing import store_rows
from tests.conftest import Cast

BOOT = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def flight(in_alpha: Cast) -> FlightSession:
    return FlightSession.objects.create(aircraft=in_alpha.aircraft, started_at=BOOT)


def store(flight: FlightSession, **columns: list[float | None]) -> int:
    rows = pa.table({name: pa.array(values, pa.float64()) for name, values in columns.items()})
    return store_rows(session_id=flight.pk, boot_at=BOOT, rows=rows)


def test_values_come_back_as_stored(flight: FlightSession) -> None:
    store(
        flight,
        time_s=[0.0, 0.1],
        latitude=[46.5, 46.6],
        battery_voltage_v=[22.5, None],
        gps_satellites=[14.0, None],
        motor_rpm_1=[5_000.0, None],
        motor_rpm_2=[5_100.0, None],
        roll_setpoint_deg=[1.25, None],
    )
    first, second = TelemetryPoint.objects.filter(session=flight).order_by("timestamp")
    assert (first.latitude, first.battery_voltage_v, first.gps_satellites) == (46.5, 22.5, 14)
    assert first.motor_rpm == [5_000.0, 5_100.0]
    assert first.extras == {"roll_setpoint_deg": 1.25}
    assert (second.battery_voltage_v, second.motor_rpm, second.extras) == (None, None, None)
    assert second.timestamp == BOOT.replace(microsecond=100_000)


def test_rows_over_a_month_end_reach_two_partitions(flight: FlightSession) -> None:
    assert store(flight, time_s=[0.0, 0.5, 1.0, 1.5], roll_deg=[1.0, 2.0, 3.0, 4.0]) == 4
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text, count(*) FROM telemetry_point GROUP BY 1 ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("telemetry_point_y2026m10", 2),
            ("telemetry_point_y2026m11", 2),
        ]


def test_second_batch_in_one_transaction_does_not_repeat_the_first(flight: FlightSession) -> None:
    store(flight, time_s=[0.0], roll_deg=[1.0])
    assert store(flight, time_s=[1.0], roll_deg=[2.0]) == 1


def test_same_moment_twice_is_refused(flight: FlightSession) -> None:
    store(flight, time_s=[0.0], roll_deg=[1.0])
    with pytest.raises(IntegrityError):
        store(flight, time_s=[0.0], roll_deg=[2.0])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 91.0])
def test_impossible_latitude_is_refused_by_the_database(
    flight: FlightSession, value: float
) -> None:
    with pytest.raises(IntegrityError, match="telemetry_latitude"):
        store(flight, time_s=[0.0], latitude=[value])


def test_partition_of_an_absurd_date_is_refused(in_alpha: Cast) -> None:
    with (
        pytest.raises(DataError, match="no partition"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT telemetry_ensure_partition('1900-01-01')")


def test_columns_match_model_and_table(in_alpha: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'telemetry_point'::regclass"
            " AND attnum > 0 ORDER BY attnum"
        )
        in_table = [name for (name,) in cursor.fetchall()]
    in_model = [field.column for field in TelemetryPoint._meta.concrete_fields if field.column]
    beside = ["motor_rpm", "extras", "sequence", "flags"]
    assert in_table == ["session_id", "timestamp", *COLUMN_TYPES, *beside]
    assert in_model == in_table
