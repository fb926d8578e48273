"""The autopilot's own 5 V supply."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aviation.mlresults.findings import Component, Outcome
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.judging import Check, judge, whole_flight
from aviation.mlresults.rules.rule import Rule
from aviation.telemetry.record import Series

CHANNEL = "board_voltage_v"
SENSOR_LEAST_V = 1.0
"""A running autopilot cannot be fed with less: such a reading is an input without a sensor."""
MISSING = "The log holds no voltage of the autopilot's own supply."
SCOPE = "The published limits of the board supply are for PX4 and ArduPilot."
ADVICE = "Check the power module and whether servos or radios draw from the autopilot's supply."


def board_voltage(context: FlightContext) -> Series | None:
    """The board's supply, or None where nothing measures it."""
    series = context.series(CHANNEL)
    if series is None or series.values.max() < SENSOR_LEAST_V:
        return None
    return series


def judge_minimum(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    series = board_voltage(context)
    if series is not None:
        threshold = context.threshold("power.minimum")
        check = Check(series, CHANNEL, threshold, "Board supply voltage", ADVICE)
        yield from judge(context, rule, check)


def judge_ripple(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Highest less lowest voltage in the air; it begins when the difference first shows."""
    series = board_voltage(context)
    airborne = None if series is None else series.time_s[context.is_airborne(series.time_s)]
    if series is None or airborne is None or not airborne.size:
        return
    values = series.values[context.is_airborne(series.time_s)]
    ripple = np.maximum.accumulate(values) - np.minimum.accumulate(values)
    threshold = context.threshold("power.ripple")
    limit = threshold.mildest
    over = ripple > (np.inf if limit is None else limit)
    start_s = float(airborne[over.argmax()]) if over.any() else None
    check = Check(series, CHANNEL, threshold, "Variation of the board supply", ADVICE)
    yield whole_flight(context, rule, check, float(ripple[-1]), start_s=start_s)


RULES = (
    Rule(
        "power.minimum", 1, Component.POWER, "Board supply", judge_minimum,
        threshold_ids=("power.minimum",), channels=(CHANNEL,), missing=MISSING, out_of_scope=SCOPE,
    ),
    Rule(
        "power.ripple", 1, Component.POWER, "Board supply", judge_ripple,
        threshold_ids=("power.ripple",), channels=(CHANNEL,), missing=MISSING, out_of_scope=SCOPE,
    ),
)  # fmt: skip
