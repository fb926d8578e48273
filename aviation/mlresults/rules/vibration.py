"""Vibration and accelerometer clipping."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from aviation.mlresults.findings import Component, Outcome
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.judging import Check, judge, whole_flight
from aviation.mlresults.rules.rule import Rule
from aviation.telemetry.record import FloatArray, Series

AXES = ("x", "y", "z")
ADVICE = "Check propellers, motor bearings, loose parts and the mounting of the autopilot."
STEADY_BLOCK_S = 10.0
HOVER_LEAST_S = 10.0
RATE_LEAST_HZ = 25.0
"""Slower acceleration records alias the propellers' frequencies away."""


def judge_axes(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """ArduPilot's three vibration figures, the worst axis at each moment."""
    worst = _worst_axis(context)
    if worst is not None:
        threshold = context.threshold("vibration.ardupilot")
        yield from judge(context, rule, Check(*worst, threshold, "Vibration", ADVICE))


def _worst_axis(context: FlightContext) -> tuple[Series, str] | None:
    axes = {
        name: series
        for axis in AXES
        if (series := context.series(name := f"vibration_{axis}_ms2")) is not None
    }
    if not axes:
        return None
    channel, reference = max(axes.items(), key=lambda item: float(item[1].values.max()))
    values = np.max([series.at(reference.time_s) for series in axes.values()], axis=0)
    return Series(reference.time_s, values, reference.source), channel


def judge_metric(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    channel = "vibration_metric_ms2"
    series = context.series(channel)
    if series is not None:
        threshold = context.threshold("vibration.px4")
        yield from judge(context, rule, Check(series, channel, threshold, "Vibration", ADVICE))


def judge_hover(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Two standard deviations of acceleration in steady hover, where no vibration is logged."""
    if _worst_axis(context) is not None:
        return
    for axis in AXES:
        channel = f"acceleration_{axis}_ms2"
        series = context.series(channel)
        deviation = None if series is None else _hover_deviation(context, series)
        if series is None or deviation is None:
            continue
        kind = "vertical" if axis == "z" else "horizontal"
        threshold = context.threshold(f"vibration.hover_{kind}")
        what = f"Spread of the {axis} acceleration in hover (twice its deviation)"
        check = Check(series, channel, threshold, what, ADVICE)
        yield whole_flight(context, rule, check, deviation)


def _hover_deviation(context: FlightContext, series: Series) -> float | None:
    """Twice the standard deviation over all hovers long enough; None without one."""
    stretches: list[FloatArray] = []
    for start_s, end_s in context.hovers:
        part = series.between(start_s, end_s) if end_s - start_s >= HOVER_LEAST_S else None
        if part is not None and part.values.size >= RATE_LEAST_HZ * (end_s - start_s):
            stretches.append(part.values - part.values.mean())
    if not stretches:
        return None
    return 2 * float(np.concatenate(stretches).std())


def judge_clipping(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Clipping events counted in the air; a count that falls was a restart of the counter."""
    channel = "clipping_count"
    series = context.in_flight(channel)
    if series is None:
        return
    steps = np.maximum(np.diff(series.values), 0.0)
    rises = np.flatnonzero(steps)
    threshold = context.threshold("vibration.clipping")
    what = "Accelerometer clipping"
    check = Check(series, channel, threshold, what, _clipping_advice(series, steps))
    start_s = float(series.time_s[rises[0] + 1]) if rises.size else None
    yield whole_flight(context, rule, check, float(steps.sum()), start_s=start_s)


def _clipping_advice(series: Series, steps: FloatArray) -> str:
    """Whether the count rose throughout, which is serious, or in single knocks."""
    blocks = math.ceil(float(series.time_s[-1] - series.time_s[0]) / STEADY_BLOCK_S)
    rising_s = series.time_s[1:][steps > 0] - series.time_s[0]
    share = np.unique(rising_s // STEADY_BLOCK_S).size / max(blocks, 1)
    if blocks > 1 and share > 0.5:
        return f"The count rose through most of the flight, which is serious. {ADVICE}"
    return "The count rose in single knocks, as hard landings or gusts may cause."


RULES = (
    Rule(
        "vibration.level_ardupilot", 1, Component.VIBRATION, "Vibration", judge_axes,
        threshold_ids=("vibration.ardupilot",),
        missing="The log holds no vibration figures and no steady hover to derive them from.",
        out_of_scope="No published vibration limit fits this autopilot.",
    ),
    Rule(
        "vibration.level_px4", 1, Component.VIBRATION, "Vibration", judge_metric,
        threshold_ids=("vibration.px4",),
        missing="The log holds no vibration figures.",
    ),
    Rule(
        "vibration.hover", 1, Component.VIBRATION, "Vibration", judge_hover,
        threshold_ids=("vibration.hover_horizontal", "vibration.hover_vertical"),
        missing="The log holds no steady hover of 10 s with acceleration at 25 Hz or more.",
    ),
    Rule(
        "vibration.clipping", 1, Component.VIBRATION, "Accelerometer clipping", judge_clipping,
        threshold_ids=("vibration.clipping",), channels=("clipping_count",),
        missing="The log holds no count of accelerometer clipping.",
        out_of_scope="The published clipping limit is for ArduPilot.",
    ),
)  # fmt: skip
