"""Satellite navigation: fix, satellites, precision and interference.

Nothing is said where there is no receiver, and satellites, precision and interference are judged
only while there is a fix: without one they mean nothing, and the missing fix is its own finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from aviation.mlresults.findings import Component, Finding, Outcome, Severity
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.excursions import BoolArray, excursions, told
from aviation.mlresults.rules.judging import Check, finding, judge, passed, whole_flight
from aviation.mlresults.rules.rule import Rule
from aviation.mlresults.thresholds import Level
from aviation.mlresults.wording import figure, second, span
from aviation.telemetry.channels import label_of
from aviation.telemetry.record import Series

GPS = Component.GPS
FIX_3D = 3
NO_RECEIVER = "The log shows no working GPS receiver."

QUANTITIES = {
    "gps_satellites": ("Satellites in use", "Fly with a clear view of the sky."),
    "gps_hdop": ("Horizontal dilution (HDOP)", "The satellites stood badly spread or were few."),
    "gps_horizontal_accuracy_m": ("Horizontal position error the receiver states", ""),
    "gps_vertical_accuracy_m": ("Vertical position error the receiver states", ""),
    "gps_speed_accuracy_ms": ("Speed error the receiver states", ""),
    "gps_jamming": (
        "Interference the receiver reports",
        "Look for transmitters, cameras or USB 3 cables near the receiver.",
    ),
}


def has_receiver(context: FlightContext) -> bool:
    """Whether any satellite or fix was ever reported."""
    seen = (context.series("gps_fix_type"), context.series("gps_satellites"))
    return any(series is not None and series.values.max() > 0 for series in seen)


def judge_fix(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Stretches without a 3D fix: plain information on the ground, serious in the air."""
    series = context.series("gps_fix_type")
    if series is None or not has_receiver(context):
        yield rule.not_assessed(NO_RECEIVER)
        return
    check = Check(series, "gps_fix_type", context.threshold("gps.fix"), "GPS fix type")
    airborne = context.is_airborne(series.time_s)
    losses = [*_losses(rule, check, airborne), *_waits(rule, check, ~airborne)]
    yield from losses
    has_flight = bool(airborne.any())
    if not any(loss.is_on_ground == (not has_flight) for loss in losses):
        least = float(series.values[airborne if has_flight else ~airborne].min())
        kept = "kept a 3D fix" if least >= FIX_3D else "missed a 3D fix for moments only"
        text = f"The GPS {kept} throughout the {'flight' if has_flight else 'log'}."
        yield replace(passed(rule, check, least), text=text)


def _losses(rule: Rule, check: Check, airborne: BoolArray) -> Iterator[Finding]:
    had_fix = check.series.values.max() >= FIX_3D
    found = excursions(
        check.series.time_s, check.series.values, check.threshold, Level.FAIL, airborne
    )
    for loss in told(found, is_above=False):
        lost = finding(rule, check, Level.FAIL, loss)
        if had_fix:
            times = f", {loss.count} times in all" if loss.count > 1 else ""
            text = f"The GPS had no 3D fix in the air {span(loss.start_s, loss.end_s)}{times}."
            yield replace(lost, title="GPS fix lost in flight", text=text)
        else:
            text = "The GPS never had a 3D fix: this flight was made without satellite position."
            yield replace(
                lost, title="Flown without a GPS fix", text=text,
                severity=Severity.WARNING, is_standing=True,
            )  # fmt: skip


def _waits(rule: Rule, check: Check, grounded: BoolArray) -> Iterator[Finding]:
    found = excursions(
        check.series.time_s, check.series.values, check.threshold, Level.FAIL, grounded
    )
    for wait in told(found, is_above=False):
        yield replace(
            finding(rule, check, Level.FAIL, wait),
            title="No GPS fix on the ground",
            text=f"The GPS had no 3D fix {span(wait.start_s, wait.end_s)}, on the ground.",
            severity=Severity.INFO,
            is_on_ground=True,
        )


def judge_silence(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """The longest stretch in the air without a GPS message while the log itself went on."""
    series = context.series("gps_fix_type") or context.series("latitude")
    if series is None:
        return
    quiet = [
        (start_s, end_s)
        for flight_start_s, flight_end_s in context.phases.flying
        for start_s, end_s in _silences(series, flight_start_s, flight_end_s)
    ]
    lengths = [end_s - start_s - _unrecorded_s(context, start_s, end_s) for start_s, end_s in quiet]
    if not lengths:
        return
    longest = int(np.argmax(lengths))
    check = Check(series, "gps_fix_type", context.threshold("gps.silence"), "Longest GPS silence")
    outcome = whole_flight(context, rule, check, lengths[longest], start_s=quiet[longest][0])
    if isinstance(outcome, Finding):
        start_s, end_s = quiet[longest]
        text = (
            f"No message came from the GPS for {figure(lengths[longest], 's')}, "
            f"from {second(start_s)} on, while the log went on."
        )
        outcome = replace(outcome, title="GPS fell silent in flight", text=text, end_s=end_s)
    yield outcome


def _silences(series: Series, start_s: float, end_s: float) -> list[tuple[float, float]]:
    inside = series.time_s[(series.time_s > start_s) & (series.time_s < end_s)]
    edges = np.concatenate(([start_s], inside, [end_s]))
    longest = int(np.argmax(np.diff(edges)))
    return [(float(edges[longest]), float(edges[longest + 1]))]


def _unrecorded_s(context: FlightContext, start_s: float, end_s: float) -> float:
    overlaps = (min(end_s, gap[1]) - max(start_s, gap[0]) for gap in context.record.gaps)
    return sum(max(overlap, 0.0) for overlap in overlaps)


def judge_quantity(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """One figure of the receiver, in the air and with a fix."""
    channel = rule.channels[0]
    if not has_receiver(context):
        yield rule.not_assessed(NO_RECEIVER)
        return
    series = _with_fix(context, channel)
    if series is None:
        yield rule.not_assessed("There was no GPS fix in the air.")
        return
    what, advice = QUANTITIES[channel]
    threshold = context.threshold(rule.threshold_ids[0])
    yield from judge(context, rule, Check(series, channel, threshold, what, advice))


def _with_fix(context: FlightContext, channel: str) -> Series | None:
    """The channel while there is a fix; None where there is none in the air."""
    series, fix = context.series(channel), context.series("gps_fix_type")
    if series is None:
        return None
    keep = np.ones(series.time_s.shape, dtype=bool)
    if fix is not None:
        keep = fix.held_at(series.time_s) >= FIX_3D
    if not (keep & context.is_airborne(series.time_s)).any():
        return None
    return Series(series.time_s[keep], series.values[keep], series.source)


def _quantity(channel: str, subject: str, made_for: str, *threshold_ids: str) -> tuple[Rule, ...]:
    """One rule for each publication's limit on a figure of the receiver."""
    words = label_of(channel).removeprefix("GPS ")
    return tuple(
        Rule(
            threshold_id, 1, GPS, subject, judge_quantity,
            threshold_ids=(threshold_id,), channels=(channel,),
            missing=f"The log holds no GPS {words}.",
            out_of_scope=f"The published limits are for {made_for}.",
        )
        for threshold_id in threshold_ids
    )  # fmt: skip


BOTH = "PX4 and ArduPilot"

RULES = (
    Rule("gps.fix", 1, GPS, "GPS fix", judge_fix, missing=NO_RECEIVER, works_on_ground=True),
    Rule("gps.silence", 1, GPS, "GPS messages", judge_silence, missing=NO_RECEIVER),
    *_quantity(
        "gps_satellites", "Satellites", BOTH,
        "gps.satellites", "gps.satellites_advice",
        "gps.satellites_px4", "gps.satellites_px4_advice",
    ),
    *_quantity("gps_hdop", "GPS dilution", "ArduPilot", "gps.hdop", "gps.hdop_advice"),
    *_quantity(
        "gps_horizontal_accuracy_m", "GPS horizontal accuracy", "PX4",
        "gps.horizontal_accuracy", "gps.horizontal_accuracy_advice",
    ),
    *_quantity(
        "gps_vertical_accuracy_m", "GPS vertical accuracy", "PX4",
        "gps.vertical_accuracy", "gps.vertical_accuracy_advice",
    ),
    *_quantity(
        "gps_speed_accuracy_ms", "GPS speed accuracy", BOTH,
        "gps.speed_accuracy", "gps.speed_accuracy_px4",
    ),
    *_quantity("gps_jamming", "GPS interference", BOTH, "gps.jamming"),
)  # fmt: skip
