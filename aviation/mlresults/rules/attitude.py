"""Attitude: does the aircraft lean where the autopilot wants it to.

The limits are for multirotors. On real fixed-wing flights an error of 10° is ordinary, so there
they are not applied. dronekit-la's limits are for ArduPilot: a healthy PX4 quadrotor was measured
beyond 10° eight times in 40 s, so PX4 is judged by its own failure detector only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from aviation.mlresults.findings import Component, Finding, Outcome, Severity
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.judging import Check, judge
from aviation.mlresults.rules.rule import Rule
from aviation.telemetry.record import EventKind, FloatArray, Series

ROLL, PITCH = "roll_deg", "pitch_deg"
WANTED = ("roll_setpoint_deg", "pitch_setpoint_deg")
STEP_MOST_S = 0.26
"""An error held for 0.25 s cannot be seen in slower records."""
GRAVITY_MS2 = 9.80665
SMOOTHED_S = 1.0
FREE_MODES = frozenset({"acro", "flip", "sport", "drift", "throw"})
"""Modes that do not hold the lean limit: leaning further is the pilot's wish."""

SCOPE_COPTER = "The published attitude limits are for multirotors flown by ArduPilot."
SCOPE_LIMITS = "The published crash angles are for multirotors flown by PX4 or ArduPilot."
MISSING = "The log does not hold both the attitude and the attitude the autopilot wanted."
TRACKING_ADVICE = (
    "A motor, propeller or arm may have been weak or out of balance, a gust strong, "
    "or the controller badly tuned."
)


def judge_tracking(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """The larger of roll and pitch error."""
    error = _larger_error(context)
    if error is None:
        return
    if np.median(np.diff(error.time_s)) > STEP_MOST_S:
        yield rule.not_assessed("The attitude was recorded too slowly: this needs 4 Hz.")
        return
    threshold = context.threshold("attitude.tracking")
    check = Check(error, error.source, threshold, "Attitude error", TRACKING_ADVICE)
    yield from judge(context, rule, check)


def _larger_error(context: FlightContext) -> Series | None:
    roll, pitch = context.series(ROLL), context.series(PITCH)
    roll_wanted, pitch_wanted = (context.series(channel) for channel in WANTED)
    if roll is None or pitch is None or roll_wanted is None or pitch_wanted is None:
        return None
    if roll.time_s.size < 2:
        return None
    time_s = roll.time_s
    errors = [
        np.abs(_turned(roll.values - roll_wanted.held_at(time_s))),
        np.abs(_turned(pitch.held_at(time_s) - pitch_wanted.held_at(time_s))),
    ]
    return _larger(time_s, *errors)


def _larger(time_s: FloatArray, roll_deg: FloatArray, pitch_deg: FloatArray) -> Series:
    """The larger at each moment; ``source`` is the channel with the largest of all."""
    channel = ROLL if roll_deg.max() >= pitch_deg.max() else PITCH
    return Series(time_s, np.maximum(roll_deg, pitch_deg), channel)


def _turned(angle_deg: FloatArray) -> FloatArray:
    """Into -180 to 180: from 179° to -179° are 2°, not 358°."""
    result: FloatArray = (angle_deg + 180.0) % 360.0 - 180.0
    return result


def judge_lean(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Leaning past the limit set on the aircraft; a warning only where the mode allows it."""
    roll, pitch = context.series(ROLL), context.series(PITCH)
    threshold = context.threshold("attitude.lean")
    if roll is None or pitch is None:
        return
    if threshold.mildest is None:
        yield rule.not_assessed("The log does not tell the lean limit set on the aircraft.")
        return
    lean = _larger(roll.time_s, np.abs(roll.values), np.abs(pitch.held_at(roll.time_s)))
    check = Check(lean, lean.source, threshold, "Lean angle")
    for outcome in judge(context, rule, check):
        yield _weighed_by_mode(context, outcome) if isinstance(outcome, Finding) else outcome


def _weighed_by_mode(context: FlightContext, found: Finding) -> Finding:
    mode = mode_at(context, found.start_s)
    if mode.lower() not in FREE_MODES:
        return found
    text = f"{found.text} The mode was {mode}, which does not hold this limit."
    severity = min(found.severity, Severity.WARNING, key=lambda severity: severity.rank)
    return replace(found, severity=severity, text=text)


def mode_at(context: FlightContext, time_s: float) -> str:
    """The flight mode at a moment; empty where the log does not tell."""
    modes = [
        event.code
        for event in context.record.events
        if event.kind is EventKind.MODE and event.time_s <= time_s
    ]
    return modes[-1] if modes else ""


def judge_crash(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """ArduPilot's crash check: far from the wanted attitude and not accelerating any more."""
    error, moving = _thrust_error(context), _acceleration_left(context)
    if error is None or moving is None:
        return
    limit = context.threshold("attitude.crash_acceleration").fail
    is_still = moving.at(error.time_s) < (np.inf if limit is None else limit)
    still_error = Series(error.time_s, np.where(is_still, error.values, 0.0), error.source)
    threshold = context.threshold("attitude.crash")
    check = Check(
        still_error, ROLL, threshold, "Attitude error while hardly accelerating",
        "This is the state of an aircraft that has crashed.",
        title="Attitude of a crashed aircraft",
    )  # fmt: skip
    yield from judge(context, rule, check)


def _thrust_error(context: FlightContext) -> Series | None:
    """Angle between the thrust axis as it was and as it was wanted."""
    roll, pitch = context.series(ROLL), context.series(PITCH)
    roll_wanted, pitch_wanted = (context.series(channel) for channel in WANTED)
    if roll is None or pitch is None or roll_wanted is None or pitch_wanted is None:
        return None
    time_s = roll.time_s
    actual = _thrust_axis(roll.values, pitch.held_at(time_s))
    wanted = _thrust_axis(roll_wanted.held_at(time_s), pitch_wanted.held_at(time_s))
    cosine = np.clip((actual * wanted).sum(axis=0), -1.0, 1.0)
    return Series(time_s, np.degrees(np.arccos(cosine)), roll.source)


def _thrust_axis(roll_deg: FloatArray, pitch_deg: FloatArray) -> FloatArray:
    """(3, n) unit vectors of the body's vertical, in axes that share its heading."""
    roll, pitch = np.radians(roll_deg), np.radians(pitch_deg)
    axis: FloatArray = np.array(
        [np.cos(roll) * np.sin(pitch), -np.sin(roll), np.cos(roll) * np.cos(pitch)]
    )
    return axis


def _acceleration_left(context: FlightContext) -> Series | None:
    """How far the measured acceleration is from gravity alone (m/s²), smoothed over a second.

    The size of the vector is compared, not the vector, so this is the least it can have been.
    """
    axes = [context.series(f"acceleration_{axis}_ms2") for axis in "xyz"]
    found = [series for series in axes if series is not None]
    if len(found) < 3 or found[0].time_s.size < 2:
        return None
    time_s = found[0].time_s
    size = np.sqrt(sum(series.at(time_s) ** 2 for series in found))
    left = np.abs(size - GRAVITY_MS2)
    width = int(np.clip(round(SMOOTHED_S / float(np.median(np.diff(time_s)))), 1, time_s.size))
    return Series(time_s, np.convolve(left, np.full(width, 1 / width), mode="same"))


def judge_failure(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """PX4's failure detector: roll or pitch far beyond any wanted attitude."""
    channel, threshold_id = rule.channels[0], rule.threshold_ids[0]
    series = context.series(channel)
    if series is None:
        return
    angle = Series(series.time_s, np.abs(series.values), series.source)
    what = "Roll angle" if channel == ROLL else "Pitch angle"
    advice = "PX4 takes this for a loss of control."
    check = Check(angle, channel, context.threshold(threshold_id), what, advice)
    yield from judge(context, rule, check)


RULES = (
    Rule(
        "attitude.tracking", 1, Component.ATTITUDE, "Attitude tracking", judge_tracking,
        threshold_ids=("attitude.tracking",), channels=(ROLL, PITCH, *WANTED),
        missing=MISSING, out_of_scope=SCOPE_COPTER,
    ),
    Rule(
        "attitude.lean", 1, Component.ATTITUDE, "Lean limit", judge_lean,
        threshold_ids=("attitude.lean",), channels=(ROLL, PITCH),
        missing="The log holds no attitude.", out_of_scope=SCOPE_COPTER,
    ),
    Rule(
        "attitude.crash", 1, Component.ATTITUDE, "Crash attitude", judge_crash,
        threshold_ids=("attitude.crash",), channels=(ROLL, PITCH, *WANTED, "acceleration_z_ms2"),
        missing="The log does not hold attitude, wanted attitude and acceleration together.",
        out_of_scope=SCOPE_LIMITS,
    ),
    Rule(
        "attitude.failure_roll", 1, Component.ATTITUDE, "Crash attitude", judge_failure,
        threshold_ids=("attitude.failure_roll",), channels=(ROLL,),
        missing="The log holds no attitude.",
    ),
    Rule(
        "attitude.failure_pitch", 1, Component.ATTITUDE, "Crash attitude", judge_failure,
        threshold_ids=("attitude.failure_pitch",), channels=(PITCH,),
        missing="The log holds no attitude.",
    ),
)  # fmt: skip
