"""A few rows in one statement: the same rows as by the staging table, and none twice."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aviation.flights.models import FlightSession
from aviation.telemetry.choices import PointFlag
from aviation.telemetry.columns import COLUMN_TYPES
from aviation.telemetry.models import TelemetryPoint
from aviation.telemetry.partitions import ensure_partitions
from aviation.telemetry.storing import Gain, as_points, insert_new_staged, stage
from aviation.telemetry.storing_few import insert_few
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

START = datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC)
TIMESTAMP = pa.timestamp("us", tz="UTC")
MOTORS = pa.list_(pa.float32())

numbers = st.none() | st.floats(0, 8, width=32) | st.integers(0, 8).map(float)
motors = st.none() | st.lists(st.none() | st.floats(0, 9_000, width=32), max_size=4)
POINT = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(COLUMN_TYPES, numbers),
        "motor_rpm": motors,
        "roll_setpoint_deg": numbers,
        "air_temperature_c": st.floats(-100, 150),
        "sequence": st.none() | st.integers(0, 2**63 - 1),
        "flags": st.none() | st.integers(0, 7),
    },
)
POINTS = st.lists(POINT, min_size=1, max_size=12)


@pytest.fixture
def flights(in_alpha: Cast) -> list[FlightSession]:
    def fly() -> FlightSession:
        return FlightSession.objects.create(aircraft=in_alpha.aircraft, started_at=START)

    return [fly(), fly()]


def shaped(points: list[dict[str, Any]], slots: list[int] | None = None) -> pa.Table:
    """Points a second apart from the month's last microsecond on, ready to be stored."""
    names = sorted({name for point in points for name in point})
    columns = {name: pa.array([point.get(name) for point in points], _kind(name)) for name in names}
    columns["slot"] = pa.array(slots or [1] * len(points), pa.int16())
    moments = [START + timedelta(seconds=number) for number in range(len(points))]
    timestamps = pa.chunked_array([pa.array(moments, TIMESTAMP)])
    ensure_partitions(timestamps)
    return as_points(pa.table(columns), timestamps)


def _kind(name: str) -> pa.DataType:
    kinds = {"motor_rpm": MOTORS, "sequence": pa.int64(), "flags": pa.int16()}
    return kinds.get(name, pa.float64())


def stored(flight: FlightSession) -> list[dict[str, Any]]:
    rows = TelemetryPoint.objects.filter(session=flight).order_by("timestamp").values()
    return [{name: value for name, value in row.items() if name != "session_id"} for row in rows]


def ids(*flights: FlightSession) -> list[uuid.UUID]:
    return [flight.pk for flight in flights]


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=POINTS)
def test_both_ways_store_the_same(sent: list[dict[str, Any]], flights: list[FlightSession]) -> None:
    few, staged = flights
    points = shaped(sent)
    with transaction.atomic():
        gains = insert_few(points, ids(few))
        stage(points)
        assert gains == insert_new_staged(ids(staged))
        assert gains[0].rows == len(sent)
        assert stored(few) == stored(staged)
        transaction.set_rollback(True)


def test_row_that_is_there_is_left_as_it_is_and_not_counted(flights: list[FlightSession]) -> None:
    flight = flights[0]
    insert_few(shaped([{"roll_deg": 1.0}, {"roll_deg": 2.0}]), ids(flight))
    late = int(PointFlag.LATE)
    again = [{"roll_deg": 9.0, "flags": late}] * 2 + [
        {"roll_deg": 3.0, "flags": late | PointFlag.CLOCK_JUMP},
        {"roll_deg": 4.0, "flags": int(PointFlag.EARLY)},
    ]
    assert insert_few(shaped(again), ids(flight)) == [Gain(rows=2, late=1, jumps=1)]
    assert [row["roll_deg"] for row in stored(flight)] == [1.0, 2.0, 3.0, 4.0]


def test_each_row_goes_to_the_flight_of_its_slot(flights: list[FlightSession]) -> None:
    first, second = flights
    points = shaped([{"roll_deg": float(number)} for number in range(3)], slots=[2, 1, 2])
    nobody = uuid.uuid4()
    gains = insert_few(points, [*ids(first, second), nobody])
    assert [gain.rows for gain in gains] == [1, 2, 0]
    assert [row["roll_deg"] for row in stored(first)] == [1.0]
    assert [row["roll_deg"] for row in stored(second)] == [0.0, 2.0]


def test_flight_that_is_not_there_is_refused(in_alpha: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_few(shaped([{"roll_deg": 1.0}]), [uuid.uuid4()])


def test_flight_of_another_organization_is_refused(in_alpha: Cast, bravo: Cast) -> None:
    with tenant_context(bravo.organization):
        theirs = FlightSession.objects.create(aircraft=bravo.aircraft, started_at=START)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_few(shaped([{"roll_deg": 1.0}]), ids(theirs))


def test_impossible_value_is_refused_by_the_database(flights: list[FlightSession]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_few(shaped([{"latitude": 91.0}]), ids(flights[0]))
