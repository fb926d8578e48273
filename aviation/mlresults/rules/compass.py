"""The compass: strength of the magnetic field, its change in flight, and the motors' part in it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aviation.mlresults.findings import Component, Outcome, Passed
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.judging import Check, judge, level_of, whole_flight
from aviation.mlresults.rules.rule import Rule
from aviation.mlresults.thresholds import Threshold
from aviation.telemetry.record import Series

CHANNEL = "magnetic_field_mgauss"
FIELD = "Magnetic field"
MISSING = "The log holds no magnetic field."
SCOPE = "The published compass limits are for ArduPilot."
EARTH = "The Earth's own field is 230 to 670 mG, depending on the place; compare with yours."
METAL = "Metal, magnets or power wires near the compass may be the cause."
THROTTLE_RANGE_LEAST = 20.0
SAMPLES_LEAST = 50
CORRELATION_LEAST = 0.5
"""Below this the field does not follow the throttle; turns and metal on the ground move it more."""


def judge_field(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Too strong and too weak are two limits on one channel; a pass needs both."""
    series = context.series(CHANNEL)
    if series is None:
        return
    outcomes = [
        outcome
        for side in ("high", "low")
        for outcome in judge(
            context,
            rule,
            Check(series, CHANNEL, context.threshold(f"compass.field_{side}"), FIELD, EARTH),
        )
    ]
    findings = [outcome for outcome in outcomes if not isinstance(outcome, Passed)]
    yield from findings or outcomes


def judge_change(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """How far the field has changed so far in the flight, in % of its smallest value."""
    series = context.in_flight(CHANNEL)
    if series is None:
        return
    smallest = np.minimum.accumulate(series.values)
    largest = np.maximum.accumulate(series.values)
    if smallest[-1] <= 0:
        yield rule.not_assessed("The compass read zero in flight, so its change has no measure.")
        return
    change = Series(series.time_s, 100 * (largest - smallest) / smallest, series.source)
    threshold = context.threshold("compass.change")
    check = Check(change, CHANNEL, threshold, "Change of the magnetic field", METAL)
    yield from judge(context, rule, check)


def judge_interference(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """The field's change from zero to full throttle, by a straight line through the flight."""
    field, throttle = context.in_flight(CHANNEL), context.series("throttle_percentage")
    if field is None or throttle is None or field.values.size < SAMPLES_LEAST:
        return
    wanted = throttle.at(field.time_s)
    low, high = np.percentile(wanted, [5, 95])
    strength = float(np.median(field.values))
    if high - low < THROTTLE_RANGE_LEAST or strength <= 0:
        yield rule.not_assessed("The throttle moved too little in flight to show its effect.")
        return
    threshold = context.threshold("compass.interference")
    yield _interference(context, rule, threshold, field, wanted)


def _interference(
    context: FlightContext,
    rule: Rule,
    threshold: Threshold,
    field: Series,
    throttle: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> Outcome:
    deviation = field.values - field.values.mean()
    slope = float(np.mean(deviation * (throttle - throttle.mean())) / throttle.var())
    correlation = abs(slope) * float(throttle.std()) / max(float(deviation.std()), 1e-9)
    share = 100 * abs(slope) * 100 / float(np.median(field.values))
    check = Check(field, CHANNEL, threshold, "Interference of the motors with the compass", METAL)
    if correlation < CORRELATION_LEAST and level_of(threshold, share) is not None:
        return Passed(
            rule.id, rule.component, rule.subject, None, threshold.mildest, threshold.unit,
            threshold.source, "The magnetic field did not follow the throttle.",
        )  # fmt: skip
    return whole_flight(context, rule, check, share)


RULES = (
    Rule(
        "compass.field", 1, Component.COMPASS, "Magnetic field", judge_field,
        threshold_ids=("compass.field_high", "compass.field_low"), channels=(CHANNEL,),
        missing=MISSING, out_of_scope=SCOPE,
    ),
    Rule(
        "compass.change", 1, Component.COMPASS, "Change of the magnetic field", judge_change,
        threshold_ids=("compass.change",), channels=(CHANNEL,),
        missing=MISSING, out_of_scope=SCOPE,
    ),
    Rule(
        "compass.interference", 1, Component.COMPASS, "Compass and motors", judge_interference,
        threshold_ids=("compass.interference",), channels=(CHANNEL, "throttle_percentage"),
        missing="The log does not hold both the magnetic field and the throttle.",
        out_of_scope=SCOPE,
    ),
)  # fmt: skip
