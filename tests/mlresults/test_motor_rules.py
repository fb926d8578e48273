"""Motors: balance, lost speed, full output; what is no motor is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aviation.mlresults.findings import Component, Severity
from aviation.telemetry.record import Autopilot, Series, VehicleType
from tests.mlresults.records import (
    FLIGHT_S,
    assessed,
    clock,
    constant,
    copter,
    findings_of,
    motor_outputs,
    passes_of,
    reasons_of,
    stepped,
)

PX4 = Autopilot.PX4


@pytest.mark.parametrize(
    ("trim_us", "severity"),
    [(74.0, None), (76.0, Severity.WARNING), (149.0, Severity.WARNING), (151.0, Severity.CRITICAL)],
)
def test_spread_of_motors_in_hover(trim_us: float, severity: Severity | None) -> None:
    assessment = assessed(copter(**motor_outputs({3: trim_us})))
    found = findings_of(assessment, "motors.spread")
    assert [finding.severity for finding in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("trim_us", "severity"),
    [(66.0, None), (67.0, Severity.WARNING), (133.0, Severity.WARNING), (134.0, Severity.CRITICAL)],
)
def test_deviation_of_one_motor_in_hover(trim_us: float, severity: Severity | None) -> None:
    # One motor of four that is off by t deviates from the average of all by 0.75 t.
    assessment = assessed(copter(**motor_outputs({3: trim_us})))
    found = findings_of(assessment, "motors.deviation")
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_balance_finding_names_the_motor_and_is_no_event() -> None:
    (finding,) = findings_of(assessed(copter(**motor_outputs({3: 100.0}))), "motors.deviation")
    assert finding.channel == "motor_output_us_3"
    assert "Motor 3" in finding.text
    assert finding.component is Component.MOTOR
    assert finding.is_standing


def test_balance_needs_a_hover() -> None:
    assessment = assessed(copter(vertical_speed_ms=3.0, **motor_outputs({3: 300.0})))
    assert findings_of(assessment, "motors.spread") == []
    assert "hover" in reasons_of(assessment)["Motor balance"]


@pytest.mark.parametrize("idle", [0.0, 900.0, 1500.0])
def test_unused_outputs_are_no_failed_motors(idle: float) -> None:
    unused: dict[str, Series | float] = {
        f"motor_output_us_{n}": constant(idle) for n in range(5, 9)
    }
    assessment = assessed(copter(**unused))
    assert [f for f in findings_of(assessment) if f.component is Component.MOTOR] == []
    assert passes_of(assessment, "motors.spread")


def test_idle_group_alone_is_not_assessed() -> None:
    idle: dict[str, Series | float] = {f"motor_output_us_{n}": constant(0.0) for n in range(1, 5)}
    reasons = reasons_of(assessed(copter(**idle)))
    assert "outputs" in reasons["Motor balance"]
    assert "outputs" in reasons["Motor output"]


def test_escs_that_never_turn_are_no_failed_motors() -> None:
    silent: dict[str, Series | float] = {f"motor_rpm_{n}": constant(0.0) for n in range(5, 9)}
    assert findings_of(assessed(copter(PX4, **silent))) == []


def test_driven_motor_that_never_turns_is_found() -> None:
    (finding,) = findings_of(assessed(copter(PX4, motor_rpm_2=constant(0.0))), "motors.speed")
    assert finding.title == "Motor 2 lost speed"


def test_motor_that_stops_in_flight_is_found_in_its_second() -> None:
    rpm = stepped(0.0, 5_000.0, FLIGHT_S[0], 57.0)
    (finding,) = findings_of(assessed(copter(PX4, motor_rpm_3=rpm)), "motors.speed")
    assert finding.severity is Severity.CRITICAL
    assert finding.start_s == pytest.approx(57.0, abs=0.05)
    assert (finding.channel, finding.title) == ("motor_rpm_3", "Motor 3 lost speed")


@pytest.mark.parametrize(("rpm", "count"), [(1_260.0, 0), (1_240.0, 1)])
def test_motor_loses_speed_below_a_quarter_of_its_usual(rpm: float, count: int) -> None:
    series = stepped(0.0, 5_000.0, *FLIGHT_S)
    series.values[400:600] = rpm
    assert len(findings_of(assessed(copter(PX4, motor_rpm_1=series)), "motors.speed")) == count


def test_all_motors_slowing_together_is_no_loss() -> None:
    series: dict[str, Series | float] = {}
    for number in range(1, 5):
        each = stepped(0.0, 5_000.0, *FLIGHT_S)
        each.values[800:1100] = 1_200.0
        series[f"motor_rpm_{number}"] = each
    assert findings_of(assessed(copter(PX4, **series)), "motors.speed") == []


def test_no_esc_speed_is_not_assessed() -> None:
    record = copter(without=tuple(f"motor_rpm_{n}" for n in range(1, 5)))
    assert reasons_of(assessed(record))["Motor speed"] == "The log holds no ESC speed."


def test_single_motor_is_held_against_the_throttle() -> None:
    rpm = stepped(0.0, 5_000.0, FLIGHT_S[0], 70.0)
    others = tuple(f"motor_rpm_{n}" for n in (2, 3, 4))
    record = replace(copter(without=others, motor_rpm_1=rpm), vehicle_type=VehicleType.FIXED_WING)
    (finding,) = findings_of(assessed(record), "motors.speed")
    assert finding.start_s == pytest.approx(70.0, abs=0.05)


@pytest.mark.parametrize(("rpm", "count"), [(2_510.0, 0), (2_490.0, 1)])
def test_single_motor_loses_speed_below_half_of_its_usual(rpm: float, count: int) -> None:
    series = stepped(0.0, 5_000.0, *FLIGHT_S)
    series.values[400:600] = rpm
    others = tuple(f"motor_rpm_{n}" for n in (2, 3, 4))
    record = copter(without=others, motor_rpm_1=series)
    assert len(findings_of(assessed(record), "motors.speed")) == count


def test_single_motor_may_rest_with_the_throttle() -> None:
    rpm = stepped(0.0, 5_000.0, FLIGHT_S[0], 70.0)
    throttle = stepped(0.0, 50.0, FLIGHT_S[0], 70.0)
    others = tuple(f"motor_rpm_{n}" for n in (2, 3, 4))
    record = copter(without=others, motor_rpm_1=rpm, throttle_percentage=throttle)
    assert findings_of(assessed(record), "motors.speed") == []


def test_single_motor_without_throttle_is_not_assessed() -> None:
    others = (*(f"motor_rpm_{n}" for n in (2, 3, 4)), "throttle_percentage")
    assert "throttle" in reasons_of(assessed(copter(without=others)))["Motor speed"]


@pytest.mark.parametrize(("output_us", "count"), [(1_949.0, 0), (1_950.0, 1)])
def test_one_motor_alone_at_its_limit_is_found(output_us: float, count: int) -> None:
    outputs = motor_outputs()
    outputs["motor_output_us_4"].values[400:600] = output_us
    found = findings_of(assessed(copter(PX4, **outputs)), "motors.full_output")
    assert len(found) == count
    assert all(finding.start_s == pytest.approx(40.0) for finding in found)


def test_all_motors_at_their_limit_is_full_throttle() -> None:
    outputs = motor_outputs()
    for series in outputs.values():
        series.values[400:600] = 2_000.0
    assert findings_of(assessed(copter(PX4, **outputs)), "motors.full_output") == []


def test_full_output_follows_the_aircraft_setting() -> None:
    outputs = motor_outputs()
    outputs["motor_output_us_4"].values[400:600] = 1_760.0
    record = copter(PX4, {"PWM_MAIN_MAX": 1_800.0}, **outputs)
    assert len(findings_of(assessed(record), "motors.full_output")) == 1


def test_fixed_wing_outputs_are_not_compared() -> None:
    record = replace(copter(PX4), vehicle_type=VehicleType.FIXED_WING)
    assert "multirotors" in reasons_of(assessed(record))["Motor output"]


def test_time_of_outputs_and_speeds_need_not_agree() -> None:
    time_s = np.arange(0.03, 119.0, 0.37)
    rpm = np.where((time_s > FLIGHT_S[0]) & (time_s < FLIGHT_S[1]), 5_000.0, 0.0)
    record = copter(PX4, motor_rpm_1=Series(time_s, rpm, "test"))
    assert clock().size != time_s.size
    assert findings_of(assessed(record), "motors.speed") == []
