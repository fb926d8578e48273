"""Stored points come back as they were sent, and make a record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from aviation.flights.choices import FlightClock, FlightState
from aviation.flights.models import FlightSession
from aviation.telemetry.record import ClockSource, FlightRecord
from aviation.telemetry.storing import store_rows
from aviation.telemetry.streaming import reading, records
from aviation.telemetry.streaming.presence import channels_present
from aviation.telemetry.streaming.reading import count_points, read_columns
from aviation.telemetry.streaming.records import stored_record
from aviation.telemetry.windows import recorded_channels
from tests.conftest import Cast

BOOT = datetime(2026, 11, 1, 23, 59, 30, tzinfo=UTC)
SPAN = (BOOT - timedelta(days=1), BOOT + timedelta(days=1))


@pytest.fixture
def flight(in_alpha: Cast) -> FlightSession:
    return FlightSession.objects.create(
        aircraft=in_alpha.aircraft,
        state=FlightState.IN_PROGRESS,
        started_at=BOOT,
        boot_at=BOOT,
        clock_source=FlightClock.STREAM,
        clock_uncertainty_s=0.4,
    )


def store(flight: FlightSession, time_s: np.ndarray, **channels: np.ndarray) -> None:
    columns = {
        name: pa.array(values, pa.float64(), mask=np.isnan(values))
        for name, values in channels.items()
    }
    rows = pa.table({"time_s": pa.array(time_s), **columns})
    store_rows(session_id=flight.pk, boot_at=BOOT, rows=rows)


def read(flight: FlightSession, names: list[str]) -> np.ndarray:
    return np.concatenate(list(read_columns(flight.pk, names, boot_at=BOOT, span=SPAN)))


def record_of(flight: FlightSession) -> FlightRecord:
    record = stored_record(flight, SPAN)
    assert record is not None
    return record


def test_columns_motors_and_extras_come_back_with_their_holes(flight: FlightSession) -> None:
    time_s = np.array([0.0, 1.5, 3.0])
    holed = np.array([1.25, np.nan, -3.5])
    store(
        flight, time_s, roll_deg=holed, motor_rpm_1=holed + 9, motor_rpm_2=holed + 5, is_armed=holed
    )
    found = read(flight, ["roll_deg", "motor_rpm_2", "is_armed"])
    assert found[:, 0].tolist() == [0.0, 1.5, 3.0]
    np.testing.assert_allclose(found[:, 1], holed)
    np.testing.assert_allclose(found[:, 2], holed + 5)
    np.testing.assert_allclose(found[:, 3], holed)


def test_blocks_cut_anywhere_give_the_same_rows(
    flight: FlightSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    time_s = np.arange(500) / 10
    store(flight, time_s, roll_deg=np.sin(time_s), latitude=time_s / 7)
    whole = read(flight, ["roll_deg", "latitude"])
    monkeypatch.setattr(reading, "BLOCK_BYTES", 1_000)
    blocks = list(read_columns(flight.pk, ["roll_deg", "latitude"], boot_at=BOOT, span=SPAN))
    assert len(blocks) > 10
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_flight_across_midnight_and_months_comes_in_order(flight: FlightSession) -> None:
    time_s = np.array([-3_000_000.0, 0.0, 60.0])
    store(flight, time_s, roll_deg=np.array([1.0, 2.0, 3.0]))
    span = (BOOT - timedelta(days=60), BOOT + timedelta(days=1))
    (block,) = read_columns(flight.pk, ["roll_deg"], boot_at=BOOT, span=span)
    assert block.tolist() == [[-3_000_000.0, 1.0], [0.0, 2.0], [60.0, 3.0]]
    assert count_points(flight.pk, SPAN) == 2


def test_points_of_another_flight_stay_out(in_alpha: Cast, flight: FlightSession) -> None:
    other = FlightSession.objects.create(aircraft=in_alpha.aircraft, started_at=BOOT, boot_at=BOOT)
    store(other, np.array([0.0]), roll_deg=np.array([9.0]))
    store(flight, np.array([1.0]), roll_deg=np.array([1.0]))
    assert read(flight, ["roll_deg"]).tolist() == [[1.0, 1.0]]


def test_present_channels_are_those_with_a_value(flight: FlightSession) -> None:
    nothing, something = np.array([np.nan, np.nan]), np.array([np.nan, 1.0])
    store(
        flight,
        np.array([0.0, 1.0]),
        roll_deg=something,
        pitch_deg=nothing,
        motor_rpm_1=nothing,
        motor_rpm_3=something,
        throttle_percentage=something,
    )
    assert set(channels_present(flight.pk, SPAN)) == {
        "roll_deg",
        "motor_rpm_1",
        "motor_rpm_2",
        "motor_rpm_3",
        "throttle_percentage",
    }


def test_flight_in_progress_tells_the_channels_of_its_newest_points(flight: FlightSession) -> None:
    store(
        flight, np.array([0.0, 1.0]), roll_deg=np.array([1.0, 2.0]), is_armed=np.array([1.0, 1.0])
    )
    assert recorded_channels(flight) == ["is_armed", "roll_deg"]


def test_record_holds_the_series_and_the_senders_clock(flight: FlightSession) -> None:
    time_s = np.arange(0, 20, 0.2)
    roll = np.sin(time_s)
    roll[::2] = np.nan
    store(flight, time_s, roll_deg=roll, pitch_deg=roll, latitude=46 + time_s / 1e4)
    record = record_of(flight)
    assert set(record.series) == {"roll_deg", "pitch_deg", "latitude"}
    assert record.series["roll_deg"].time_s is record.series["pitch_deg"].time_s
    np.testing.assert_allclose(record.series["roll_deg"].values, roll[1::2], atol=1e-6)
    assert (record.start_s, record.end_s) == (0.0, pytest.approx(19.8))
    assert (record.boot_at, record.clock_source) == (BOOT, ClockSource.LOG)
    assert record.clock_uncertainty_s == 0.4


def test_slow_sender_has_no_gaps_between_its_points(flight: FlightSession) -> None:
    store(flight, np.arange(0, 100, 2.0), roll_deg=np.sin(np.arange(50)))
    assert record_of(flight).gaps == ()


def test_silence_of_a_sender_is_a_gap(flight: FlightSession) -> None:
    time_s = np.concatenate((np.arange(0, 10, 0.5), np.arange(25, 40, 0.5)))
    store(flight, time_s, roll_deg=np.sin(time_s))
    assert record_of(flight).gaps == ((9.5, 25.0),)


def test_sensor_that_only_says_zero_is_not_there(flight: FlightSession) -> None:
    time_s = np.arange(0, 10, 0.5)
    zero = np.zeros(time_s.size)
    store(
        flight,
        time_s,
        roll_deg=np.sin(time_s),
        battery_voltage_v=zero,
        gps_fix_type=zero,
        gps_satellites=zero,
    )
    assert set(record_of(flight).series) == {"roll_deg"}


def test_very_long_flight_is_looked_at_in_bounded_memory(
    flight: FlightSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MAX_VALUES", 300)
    monkeypatch.setattr(reading, "BLOCK_BYTES", 1_000)
    time_s = np.arange(1_000) / 10
    store(flight, time_s, roll_deg=np.sin(time_s), pitch_deg=np.cos(time_s))
    record = record_of(flight)
    np.testing.assert_allclose(record.series["roll_deg"].time_s, time_s[::10])


def test_flight_without_points_has_no_record(flight: FlightSession) -> None:
    assert stored_record(flight, SPAN) is None
    assert recorded_channels(flight) == []
