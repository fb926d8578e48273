"""Attitude: tracking, lean limit and crash, and whom the limits are meant for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aviation.mlresults.findings import Severity
from aviation.telemetry.record import Autopilot, EventKind, LogEvent, Series, VehicleType
from tests.mlresults.records import (
    assessed,
    clock,
    constant,
    copter,
    findings_of,
    passes_of,
    reasons_of,
    stepped,
)

PX4, ARDUPILOT = Autopilot.PX4, Autopilot.ARDUPILOT


@pytest.mark.parametrize(
    "vehicle_type", [VehicleType.FIXED_WING, VehicleType.VTOL, VehicleType.UNKNOWN]
)
def test_copter_limit_is_not_applied_to_other_vehicles(vehicle_type: VehicleType) -> None:
    record = replace(copter(roll_deg=stepped(0.0, 40.0)), vehicle_type=VehicleType.UNKNOWN)
    assessment = assessed(record, vehicle_type=vehicle_type)
    assert findings_of(assessment, "attitude.tracking") == []
    assert "multirotors" in reasons_of(assessment)["Attitude tracking"]


def test_ardupilot_tracking_limit_is_not_applied_to_px4() -> None:
    assessment = assessed(copter(PX4, roll_deg=stepped(0.0, 29.0)))
    assert findings_of(assessment) == []
    assert "ArduPilot" in reasons_of(assessment)["Attitude tracking"]


def test_tracking_fails_by_its_peak_from_where_the_error_began() -> None:
    roll = stepped(0.0, 6.0, 40.0, 41.0)
    roll.values[405] = 12.0
    (finding,) = findings_of(assessed(copter(roll_deg=roll)), "attitude.tracking")
    assert finding.severity is Severity.WARNING
    assert (finding.start_s, finding.limit) == (pytest.approx(40.0), 10)


def test_tracking_tells_when_smaller_errors_began() -> None:
    roll = stepped(0.0, 6.0, 30.0, 31.0)
    roll.values[400:410] = 12.0
    (finding,) = findings_of(assessed(copter(roll_deg=roll)), "attitude.tracking")
    assert finding.start_s == pytest.approx(40.0)
    assert "over 5° first at 30.0 s" in finding.text


def test_turn_through_180_is_no_error() -> None:
    record = copter(roll_deg=stepped(0.0, 179.0), roll_setpoint_deg=stepped(0.0, -179.0))
    assert findings_of(assessed(record), "attitude.tracking") == []


def test_tracking_finding_names_the_axis_that_was_off() -> None:
    (finding,) = findings_of(assessed(copter(pitch_deg=stepped(0.0, 20.0))), "attitude.tracking")
    assert finding.channel == "pitch_deg"


def test_many_errors_make_one_finding() -> None:
    time_s = clock()
    roll = Series(time_s, np.where(time_s % 20 < 1, 15.0, 0.0), "test")
    (finding,) = findings_of(assessed(copter(roll_deg=roll)), "attitude.tracking")
    assert finding.start_s == pytest.approx(20.0, abs=0.05)
    assert "5 times" in finding.text


def test_slow_attitude_cannot_show_tracking() -> None:
    slow = {
        channel: constant(0.0, rate_hz=1.0)
        for channel in ("roll_deg", "pitch_deg", "roll_setpoint_deg", "pitch_setpoint_deg")
    }
    assert "too slowly" in reasons_of(assessed(copter(**slow)))["Attitude tracking"]


def test_tracking_without_wanted_attitude_is_not_assessed() -> None:
    assessment = assessed(copter(without=("roll_setpoint_deg",)))
    assert "wanted" in reasons_of(assessment)["Attitude tracking"]


def test_lean_past_the_limit_is_critical_in_a_mode_that_holds_it() -> None:
    record = copter(roll_deg=stepped(0.0, 50.0), roll_setpoint_deg=stepped(0.0, 50.0))
    (finding,) = findings_of(assessed(record), "attitude.lean")
    assert finding.severity is Severity.CRITICAL
    assert "ANGLE_MAX" in finding.source


def test_lean_past_the_limit_is_a_warning_in_acro() -> None:
    record = copter(roll_deg=stepped(0.0, 50.0), roll_setpoint_deg=stepped(0.0, 50.0))
    acro = LogEvent(20.0, EventKind.MODE, "Acro", "Mode: Acro")
    (finding,) = findings_of(assessed(replace(record, events=(acro,))), "attitude.lean")
    assert finding.severity is Severity.WARNING
    assert "Acro" in finding.text


def test_mode_chosen_later_does_not_excuse() -> None:
    record = copter(roll_deg=stepped(0.0, 50.0), roll_setpoint_deg=stepped(0.0, 50.0))
    acro = LogEvent(50.0, EventKind.MODE, "Acro", "Mode: Acro")
    (finding,) = findings_of(assessed(replace(record, events=(acro,))), "attitude.lean")
    assert finding.severity is Severity.CRITICAL


def test_lean_without_a_known_limit_is_not_assessed() -> None:
    assessment = assessed(copter(parameters={"ANGLE_MAX": 0.0}, roll_deg=stepped(0.0, 80.0)))
    assert findings_of(assessment, "attitude.lean") == []
    assert "lean limit" in reasons_of(assessment)["Lean limit"]


def accelerated(size_ms2: float) -> dict[str, Series]:
    return {
        "acceleration_x_ms2": constant(0.0, 50.0),
        "acceleration_y_ms2": constant(0.0, 50.0),
        "acceleration_z_ms2": constant(-size_ms2, 50.0),
    }


def test_crash_is_an_attitude_far_off_while_lying_still() -> None:
    record = copter(roll_deg=stepped(0.0, 90.0, 80.0, 125.0), **accelerated(9.8))
    (finding,) = findings_of(assessed(record), "attitude.crash")
    assert finding.severity is Severity.CRITICAL
    assert finding.start_s == pytest.approx(80.0, abs=0.05)


@pytest.mark.parametrize(("error_deg", "count"), [(30.0, 0), (30.5, 1)])
def test_crash_needs_more_than_30_degrees(error_deg: float, count: int) -> None:
    record = copter(roll_deg=stepped(0.0, error_deg), **accelerated(9.8))
    assert len(findings_of(assessed(record), "attitude.crash")) == count


@pytest.mark.parametrize(("lasting_s", "count"), [(1.9, 0), (2.0, 1)])
def test_crash_needs_two_seconds(lasting_s: float, count: int) -> None:
    record = copter(roll_deg=stepped(0.0, 90.0, 40.0, 40.0 + lasting_s), **accelerated(9.8))
    assert len(findings_of(assessed(record), "attitude.crash")) == count


@pytest.mark.parametrize(("size_ms2", "count"), [(12.5, 1), (13.0, 0)])
def test_crash_needs_less_than_3_ms2_of_acceleration(size_ms2: float, count: int) -> None:
    record = copter(roll_deg=stepped(0.0, 90.0), **accelerated(size_ms2))
    assert len(findings_of(assessed(record), "attitude.crash")) == count


def test_crash_without_acceleration_is_not_assessed() -> None:
    assert "acceleration" in reasons_of(assessed(copter()))["Crash attitude"]


def test_healthy_flight_passes_the_crash_check() -> None:
    assert passes_of(assessed(copter(**accelerated(9.8))), "attitude.crash")


def test_px4_failure_limit_follows_the_aircraft_setting() -> None:
    record = copter(PX4, {"FD_FAIL_R": 40.0}, roll_deg=stepped(0.0, 45.0))
    (finding,) = findings_of(assessed(record), "attitude.failure_roll")
    assert (finding.limit, finding.severity) == (40.0, Severity.CRITICAL)
