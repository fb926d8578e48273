"""The data-quality gate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aviation.mlresults.quality import Quality, Verdict, assess_quality
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.record import FlightRecord, Series
from tests.mlresults.records import NO_FLIGHT, ONE_FLIGHT, constant, copter, phases_of, record_of


def quality_of(record: FlightRecord, phases: FlightPhases = ONE_FLIGHT) -> Quality:
    return assess_quality(record, phases)


def test_whole_log_with_a_flight_is_usable() -> None:
    quality = quality_of(copter())
    assert quality.verdict is Verdict.USABLE
    assert quality.reasons == ()
    assert (quality.duration_s, quality.flight_s, quality.coverage) == (120.0, 100.0, 1.0)


def test_rate_of_a_group_is_that_of_its_fastest_channel() -> None:
    quality = quality_of(copter(acceleration_x_ms2=constant(0.0, 50.0)))
    assert quality.rates_hz["inertial"] == pytest.approx(50.0)
    assert quality.rates_hz["gps"] == pytest.approx(10.0)


def test_log_without_measurements_is_unusable() -> None:
    quality = quality_of(record_of({}), NO_FLIGHT)
    assert quality.verdict is Verdict.UNUSABLE
    assert quality.reasons[0] == "The log holds no measurements."


@pytest.mark.parametrize(("end_s", "is_usable"), [(4.9, False), (5.1, True)])
def test_log_of_a_few_seconds_is_unusable(end_s: float, is_usable: bool) -> None:
    quality = quality_of(replace(copter(), end_s=end_s), NO_FLIGHT)
    assert (quality.verdict is not Verdict.UNUSABLE) is is_usable


def test_log_without_a_flight_is_limited_and_says_so() -> None:
    quality = quality_of(copter(), NO_FLIGHT)
    assert quality.verdict is Verdict.LIMITED
    assert "There is no flight in this log." in quality.reasons
    assert not quality.has_flight


@pytest.mark.parametrize(
    ("gap_s", "verdict"), [(5.9, Verdict.USABLE), (6.1, Verdict.LIMITED), (116.0, Verdict.UNUSABLE)]
)
def test_gaps_limit_what_a_log_tells(gap_s: float, verdict: Verdict) -> None:
    quality = quality_of(replace(copter(), gaps=((1.0, 1.0 + gap_s),)))
    assert quality.verdict is verdict
    assert quality.longest_gap_s == pytest.approx(gap_s)
    assert quality.recorded_s == pytest.approx(120.0 - gap_s)


def test_short_flight_is_limited() -> None:
    assert quality_of(copter(), phases_of((10.0, 19.0))).verdict is Verdict.LIMITED


@pytest.mark.parametrize(
    ("missing", "words"),
    [(("battery_voltage_v", "battery_percentage", "board_voltage_v"), "battery")],
)
def test_missing_group_is_named(missing: tuple[str, ...], words: str) -> None:
    assert f"The log holds no {words}." in quality_of(copter(without=missing)).reasons


def test_slow_attitude_is_named() -> None:
    attitude = ("roll_deg", "pitch_deg", "roll_setpoint_deg", "pitch_setpoint_deg")
    record = copter(**{channel: constant(0.0, rate_hz=1.0) for channel in attitude})
    assert "Attitude was recorded only 1 times a second." in quality_of(record).reasons


def test_lone_sample_has_no_rate() -> None:
    lone = Series(np.array([5.0]), np.array([1.0]))
    assert quality_of(record_of({"latitude": lone})).rates_hz == {"position": 0.0}


def test_log_of_one_moment_has_no_coverage() -> None:
    quality = quality_of(replace(copter(), end_s=0.0), NO_FLIGHT)
    assert (quality.coverage, quality.verdict) == (0.0, Verdict.UNUSABLE)
