"""Builders of small flight records: a healthy hovering quadrotor, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from aviation.mlresults.assess import Assessment, assess
from aviation.mlresults.findings import Finding, NotAssessed, Outcome, Passed
from aviation.mlresults.limits import DEFAULT
from aviation.mlresults.report import Report
from aviation.mlresults.thresholds import Thresholds
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.record import (
    Autopilot,
    EventKind,
    EventLevel,
    FlightRecord,
    FloatArray,
    LogEvent,
    Series,
    VehicleType,
)

LOG_S = (0.0, 120.0)
FLIGHT_S = (10.0, 110.0)
TROUBLE_S = (40.0, 60.0)
RATE_HZ = 10.0

HEALTHY: Mapping[str, float] = {
    "roll_deg": 0.0,
    "pitch_deg": 0.0,
    "roll_setpoint_deg": 0.0,
    "pitch_setpoint_deg": 0.0,
    "vertical_speed_ms": 0.0,
    "ground_speed_ms": 0.0,
    "height_m": 0.0,
    "vibration_x_ms2": 5.0,
    "vibration_y_ms2": 5.0,
    "vibration_z_ms2": 5.0,
    "vibration_metric_ms2": 1.0,
    "clipping_count": 0.0,
    "battery_voltage_v": 16.0,
    "battery_percentage": 80.0,
    "board_voltage_v": 5.1,
    "gps_fix_type": 3.0,
    "gps_satellites": 15.0,
    "gps_hdop": 0.8,
    "gps_horizontal_accuracy_m": 0.5,
    "gps_vertical_accuracy_m": 0.8,
    "gps_speed_accuracy_ms": 0.2,
    "gps_jamming": 20.0,
    "ekf_velocity_ratio": 0.1,
    "ekf_position_ratio": 0.1,
    "ekf_height_ratio": 0.1,
    "ekf_compass_ratio": 0.1,
    "magnetic_field_mgauss": 480.0,
    "latitude": 47.0,
    "longitude": 8.0,
}
MOTORS = (1, 2, 3, 4)


def clock(rate_hz: float = RATE_HZ) -> FloatArray:
    return np.arange(LOG_S[0], LOG_S[1], 1 / rate_hz)


def constant(value: float, rate_hz: float = RATE_HZ) -> Series:
    time_s = clock(rate_hz)
    return Series(time_s, np.full(time_s.shape, value), "test")


def stepped(
    normal: float,
    trouble: float,
    start_s: float = TROUBLE_S[0],
    end_s: float = TROUBLE_S[1],
    rate_hz: float = RATE_HZ,
) -> Series:
    """``normal``, but ``trouble`` from ``start_s`` up to, not including, ``end_s``."""
    time_s = clock(rate_hz)
    # Half a step of slack: 0.1 s cannot be counted up exactly in binary.
    slack_s = 0.5 / rate_hz
    is_trouble = (time_s >= start_s - slack_s) & (time_s < end_s - slack_s)
    return Series(time_s, np.where(is_trouble, trouble, normal), "test")


def motor_outputs(trims_us: Mapping[int, float] | None = None) -> dict[str, Series]:
    """Four motors at 1000 µs on the ground and about 1500 µs, gently waving, in the air."""
    time_s = clock()
    flying = (time_s >= FLIGHT_S[0]) & (time_s <= FLIGHT_S[1])
    waving = 1_500 + 15 * np.sin(time_s)
    return {
        f"motor_output_us_{number}": Series(
            time_s, np.where(flying, waving + (trims_us or {}).get(number, 0.0), 1_000.0), "test"
        )
        for number in MOTORS
    }


def motor_speeds() -> dict[str, Series]:
    return {f"motor_rpm_{n}": stepped(0.0, 5_000.0, *FLIGHT_S) for n in MOTORS}


def copter(
    autopilot: Autopilot = Autopilot.ARDUPILOT,
    parameters: Mapping[str, float] | None = None,
    without: tuple[str, ...] = (),
    **changed: Series | float,
) -> FlightRecord:
    """A healthy quadrotor that hovers from 10 s to 110 s, with some channels changed or missing."""
    series = {channel: constant(value) for channel, value in HEALTHY.items()}
    series |= motor_outputs() | motor_speeds()
    series["throttle_percentage"] = stepped(0.0, 50.0, *FLIGHT_S)
    for channel, value in changed.items():
        series[channel] = value if isinstance(value, Series) else constant(value)
    return record_of(
        {channel: each for channel, each in series.items() if channel not in without},
        autopilot=autopilot,
        vehicle_type=VehicleType.MULTIROTOR,
        parameters={"ANGLE_MAX": 3_500.0, "BAT1_N_CELLS": 4.0, **(parameters or {})},
    )


def record_of(
    series: Mapping[str, Series],
    *,
    autopilot: Autopilot = Autopilot.UNKNOWN,
    vehicle_type: VehicleType = VehicleType.UNKNOWN,
    parameters: Mapping[str, float] | None = None,
    events: tuple[LogEvent, ...] = (),
    gaps: tuple[tuple[float, float], ...] = (),
) -> FlightRecord:
    return FlightRecord(
        format="csv",
        series=series,
        start_s=LOG_S[0],
        end_s=LOG_S[1],
        autopilot=autopilot,
        vehicle_type=vehicle_type,
        parameters=parameters or {},
        events=events,
        gaps=gaps,
    )


def phases_of(
    *flying: tuple[float, float], ends_in_flight: bool = False, source: str = "test"
) -> FlightPhases:
    return FlightPhases(
        armed=flying,
        flying=flying,
        source=source,
        ends_in_flight=ends_in_flight,
    )


ONE_FLIGHT = phases_of(FLIGHT_S)
NO_FLIGHT = phases_of()
CUT_IN_FLIGHT = phases_of((FLIGHT_S[0], LOG_S[1]), ends_in_flight=True)


def fault(
    time_s: float,
    code: str,
    kind: EventKind = EventKind.ERROR,
    level: EventLevel = EventLevel.CRITICAL,
) -> LogEvent:
    return LogEvent(time_s, kind, code, f"Something about {code}", level, "test")


def with_events(record: FlightRecord, *events: LogEvent) -> FlightRecord:
    return replace(record, events=events)


def assessed(
    record: FlightRecord,
    phases: FlightPhases = ONE_FLIGHT,
    vehicle_type: VehicleType | None = None,
    thresholds: Thresholds = DEFAULT,
) -> Assessment:
    return assess(record, phases=phases, vehicle_type=vehicle_type, thresholds=thresholds)


def outcomes_of(assessment: Assessment, rule_id: str) -> list[Outcome]:
    return [outcome for outcome in assessment.outcomes if outcome.rule_id == rule_id]


def findings_of(assessment: Assessment, rule_id: str = "") -> list[Finding]:
    found = [outcome for outcome in assessment.outcomes if isinstance(outcome, Finding)]
    return [finding for finding in found if rule_id in ("", finding.rule_id)]


def passes_of(assessment: Assessment, rule_id: str = "") -> list[Passed]:
    found = [outcome for outcome in assessment.outcomes if isinstance(outcome, Passed)]
    return [passed for passed in found if rule_id in ("", passed.rule_id)]


def reasons_of(assessment: Assessment) -> dict[str, str]:
    """Why each subject was not assessed, by subject."""
    return {
        outcome.title: outcome.reason
        for outcome in assessment.outcomes
        if isinstance(outcome, NotAssessed)
    }


def text_of(report: Report) -> str:
    """Every sentence of the report, one a line."""
    return "\n".join(sentence for section in report.sections for sentence in section.sentences)
