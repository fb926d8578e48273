"""Every threshold that a channel is held against: inside, at and beyond it, in a whole flight."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from aviation.mlresults.findings import Finding
from aviation.mlresults.limits import DEFAULT
from aviation.mlresults.thresholds import Level, Threshold
from aviation.telemetry.record import Autopilot, FlightRecord, Series
from tests.mlresults.records import (
    HEALTHY,
    TROUBLE_S,
    assessed,
    copter,
    findings_of,
    passes_of,
    stepped,
)

ARDUPILOT, PX4 = Autopilot.ARDUPILOT, Autopilot.PX4


@dataclass(frozen=True)
class Case:
    """Which rule and which channels show a threshold; ``scale`` turns the limit into the channel.

    ``also`` are channels that must be spoiled together with the first.
    """

    rule_id: str
    channel: str
    autopilot: Autopilot = ARDUPILOT
    scale: float = 1.0
    also: tuple[str, ...] = ()
    parameters: dict[str, float] = field(default_factory=dict)


CASES = {
    "vibration.ardupilot": Case("vibration.level_ardupilot", "vibration_y_ms2"),
    "vibration.px4": Case("vibration.level_px4", "vibration_metric_ms2", PX4),
    "estimator.rejected": Case("estimator.rejected", "ekf_height_ratio", PX4),
    "estimator.variance": Case("estimator.variance", "ekf_height_ratio"),
    "estimator.ekf_failsafe": Case(
        "estimator.ekf_failsafe", "ekf_compass_ratio", also=("ekf_position_ratio",)
    ),
    "gps.satellites": Case("gps.satellites", "gps_satellites"),
    "gps.satellites_advice": Case("gps.satellites_advice", "gps_satellites"),
    "gps.satellites_px4": Case("gps.satellites_px4", "gps_satellites", PX4),
    "gps.satellites_px4_advice": Case("gps.satellites_px4_advice", "gps_satellites", PX4),
    "gps.hdop": Case("gps.hdop", "gps_hdop"),
    "gps.hdop_advice": Case("gps.hdop_advice", "gps_hdop"),
    "gps.horizontal_accuracy": Case("gps.horizontal_accuracy", "gps_horizontal_accuracy_m", PX4),
    "gps.horizontal_accuracy_advice": Case(
        "gps.horizontal_accuracy_advice", "gps_horizontal_accuracy_m", PX4
    ),
    "gps.vertical_accuracy": Case("gps.vertical_accuracy", "gps_vertical_accuracy_m", PX4),
    "gps.vertical_accuracy_advice": Case(
        "gps.vertical_accuracy_advice", "gps_vertical_accuracy_m", PX4
    ),
    "gps.speed_accuracy": Case("gps.speed_accuracy", "gps_speed_accuracy_ms"),
    "gps.speed_accuracy_px4": Case("gps.speed_accuracy_px4", "gps_speed_accuracy_ms", PX4),
    "gps.jamming": Case("gps.jamming", "gps_jamming", PX4),
    "compass.field_high": Case("compass.field", "magnetic_field_mgauss"),
    "compass.field_low": Case("compass.field", "magnetic_field_mgauss"),
    "battery.remaining": Case("battery.remaining", "battery_percentage", PX4),
    "battery.voltage": Case("battery.voltage", "battery_voltage_v"),
    "battery.cell": Case("battery.cell", "battery_voltage_v", PX4, scale=4),
    "power.minimum": Case("power.minimum", "board_voltage_v"),
    "attitude.tracking": Case("attitude.tracking", "roll_deg"),
    "attitude.lean": Case(
        "attitude.lean", "pitch_deg", also=("pitch_setpoint_deg",), parameters={"ANGLE_MAX": 3000}
    ),
    "attitude.failure_roll": Case("attitude.failure_roll", "roll_deg", PX4),
    "attitude.failure_pitch": Case("attitude.failure_pitch", "pitch_deg", PX4),
}
TESTED_ELSEWHERE = {
    "vibration.hover_horizontal", "vibration.hover_vertical", "vibration.clipping",
    "estimator.amber", "estimator.amber_share", "gps.fix", "gps.silence",
    "compass.change", "compass.interference", "battery.sag", "power.ripple",
    "attitude.crash", "attitude.crash_acceleration", "motors.spread", "motors.deviation",
    "motors.rpm_share", "motors.rpm_share_single", "motors.full_output", "log_end.height",
}  # fmt: skip
LEVELS = [
    (threshold_id, level)
    for threshold_id in CASES
    for level in Level
    if DEFAULT[threshold_id].as_set_on(CASES[threshold_id].parameters).limit(level) is not None
]


def test_every_threshold_is_tested() -> None:
    assert set(CASES) | TESTED_ELSEWHERE == set(DEFAULT)


def limit_of(threshold_id: str, level: Level) -> tuple[Threshold, float]:
    threshold = DEFAULT[threshold_id].as_set_on(CASES[threshold_id].parameters)
    limit = threshold.limit(level)
    assert limit is not None
    return threshold, limit


def flown_at(case: Case, value: float) -> FlightRecord:
    spoiled: dict[str, Series | float] = {
        channel: stepped(HEALTHY[channel], value * case.scale)
        for channel in (case.channel, *case.also)
    }
    return copter(case.autopilot, case.parameters, **spoiled)


def found_at(threshold_id: str, level: Level, value: float) -> list[Finding]:
    """The findings of one level of one threshold when its channel stands at ``value``."""
    case, (threshold, limit) = CASES[threshold_id], limit_of(threshold_id, level)
    return [
        finding
        for finding in findings_of(assessed(flown_at(case, value)), case.rule_id)
        if finding.limit == limit and finding.severity is threshold.severity(level)
    ]


@pytest.mark.parametrize(("threshold_id", "level"), LEVELS)
def test_beyond_the_limit_is_found_from_its_first_second(threshold_id: str, level: Level) -> None:
    threshold, limit = limit_of(threshold_id, level)
    beyond = limit * 1.01 if threshold.is_above else limit * 0.99
    (finding,) = found_at(threshold_id, level, beyond)
    assert finding.start_s == pytest.approx(TROUBLE_S[0], abs=0.05)
    assert finding.end_s == pytest.approx(TROUBLE_S[1], abs=0.05)
    assert finding.observed == pytest.approx(beyond)
    assert finding.comparison is threshold.side
    assert finding.source == threshold.source
    assert not finding.is_on_ground
    assert not finding.is_standing


@pytest.mark.parametrize(("threshold_id", "level"), LEVELS)
def test_inside_the_limit_is_not_found(threshold_id: str, level: Level) -> None:
    threshold, limit = limit_of(threshold_id, level)
    inside = limit * 0.99 if threshold.is_above else limit * 1.01
    assert found_at(threshold_id, level, inside) == []


@pytest.mark.parametrize(("threshold_id", "level"), LEVELS)
def test_at_the_limit_counts_only_where_published_so(threshold_id: str, level: Level) -> None:
    threshold, limit = limit_of(threshold_id, level)
    assert bool(found_at(threshold_id, level, limit)) is threshold.counts_at_limit


@pytest.mark.parametrize("threshold_id", sorted(CASES))
def test_healthy_flight_passes_with_its_figure(threshold_id: str) -> None:
    case = CASES[threshold_id]
    assessment = assessed(copter(case.autopilot, case.parameters))
    assert findings_of(assessment, case.rule_id) == []
    observed = [passed.observed for passed in passes_of(assessment, case.rule_id)]
    expected = HEALTHY[case.channel] / case.scale
    assert any(value is not None and np.isclose(value, expected) for value in observed)


@pytest.mark.parametrize("threshold_id", sorted(CASES))
def test_trouble_shorter_than_its_hold_is_not_found(threshold_id: str) -> None:
    case, threshold = CASES[threshold_id], DEFAULT[threshold_id]
    level = Level.FAIL if threshold.as_set_on(case.parameters).warn is None else Level.WARN
    _, limit = limit_of(threshold_id, level)
    beyond = (limit * 1.01 if threshold.is_above else limit * 0.99) * case.scale
    lasting_s = max(threshold.hold_s - 0.1, 0.1)
    spoiled: dict[str, Series | float] = {
        channel: stepped(HEALTHY[channel], beyond, TROUBLE_S[0], TROUBLE_S[0] + lasting_s)
        for channel in (case.channel, *case.also)
    }
    record = copter(case.autopilot, case.parameters, **spoiled)
    assert findings_of(assessed(record), case.rule_id) == []


@pytest.mark.parametrize("threshold_id", sorted(CASES))
def test_trouble_on_the_ground_is_never_told_as_in_the_air(threshold_id: str) -> None:
    case, threshold = CASES[threshold_id], DEFAULT[threshold_id]
    level = Level.FAIL if threshold.as_set_on(case.parameters).warn is None else Level.WARN
    _, limit = limit_of(threshold_id, level)
    beyond = (limit * 1.01 if threshold.is_above else limit * 0.99) * case.scale
    spoiled: dict[str, Series | float] = {
        channel: stepped(HEALTHY[channel], beyond, 112.0, 125.0)
        for channel in (case.channel, *case.also)
    }
    record = copter(case.autopilot, case.parameters, **spoiled)
    assert all(finding.is_on_ground for finding in findings_of(assessed(record), case.rule_id))
