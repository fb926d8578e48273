"""The battery: charge left, voltage, cell voltage and how far it sags under load.

A voltage near zero throughout is an input without a sensor, not an empty battery.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from aviation.mlresults.findings import Component, Outcome, Severity
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.excursions import runs
from aviation.mlresults.rules.judging import Check, judge
from aviation.mlresults.rules.rule import Rule
from aviation.telemetry.record import FloatArray, Series

SENSOR_LEAST_V = 2.0
"""No battery that can be flown or charged reads less; an open input floats below it."""
NO_SENSOR = "The log holds no battery voltage: no battery sensor is connected."
CELL_SETTINGS = ("BAT1_N_CELLS", "BAT_N_CELLS")
VOLTAGE_SETTINGS = ("BATT_LOW_VOLT", "FS_BATT_VOLTAGE", "BATT_CRT_VOLT")

SAG_STEP_S = 0.2
SAG_WINDOW_S = 10.0
SMOOTHED_STEPS = 5
ADVICE = "Check the age, charge and rating of the pack and its connectors."


def measured_voltage(context: FlightContext) -> Series | None:
    """The battery's voltage, or None where nothing measures it."""
    series = context.series("battery_voltage_v")
    if series is None or series.values.max() < SENSOR_LEAST_V:
        return None
    return series


def judge_remaining(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """The charge left. On the ground it is a warning at most: the aircraft is safe there."""
    channel = "battery_percentage"
    series = context.series(channel)
    voltage = context.series("battery_voltage_v")
    if series is None or (voltage is not None and measured_voltage(context) is None):
        yield rule.not_assessed(NO_SENSOR)
        return
    if voltage is None and not series.values.any():
        yield rule.not_assessed(NO_SENSOR)
        return
    threshold = context.threshold("battery.remaining")
    yield from judge(
        context,
        rule,
        Check(
            series, channel, threshold, "Battery charge", "Charge or replace it before flying on.",
            ground_severity=Severity.WARNING,
        ),
    )  # fmt: skip


def judge_voltage(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """ArduPilot's low-voltage limit as set on the aircraft; else its default for three cells."""
    series = measured_voltage(context)
    if series is None:
        return
    threshold = context.threshold("battery.voltage")
    parameters = context.record.parameters
    is_set = any(parameters.get(name, 0.0) > 0 for name in VOLTAGE_SETTINGS)
    is_default_unfit = not (is_set or threshold.is_overridden) and series.values.max() <= (
        threshold.warn or 0.0
    )
    if is_default_unfit:
        yield rule.not_assessed(
            "No low-voltage limit is set, and the default is for packs of three cells or more."
        )
        return
    check = Check(series, "battery_voltage_v", threshold, "Battery voltage", ADVICE)
    yield from judge(context, rule, check)


def judge_cell(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    cells = _cell_count(context)
    series = measured_voltage(context)
    if series is None:
        return
    if cells is None:
        yield rule.not_assessed("The log does not tell how many cells the battery has.")
        return
    per_cell = Series(series.time_s, series.values / cells, series.source)
    threshold = context.threshold("battery.cell")
    check = Check(per_cell, "battery_voltage_v", threshold, "Cell voltage", ADVICE)
    yield from judge(context, rule, check)


def _cell_count(context: FlightContext) -> float | None:
    counts = (context.record.parameters.get(name, 0.0) for name in CELL_SETTINGS)
    return next((count for count in counts if count >= 1), None)


def judge_sag(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """How far the voltage fell from its highest in the last 10 s, in % of that highest."""
    series = measured_voltage(context)
    sag = None if series is None else sag_of(series)
    if sag is None:
        return
    threshold = context.threshold("battery.sag")
    what = "Fall of the battery voltage within 10 s"
    check = Check(
        sag, "battery_voltage_v", threshold, what, ADVICE, title="The battery voltage sagged"
    )
    yield from judge(context, rule, check)


def sag_of(voltage: Series) -> Series | None:
    """The voltage's fall (%) on steps of 0.2 s, smoothed over 1 s, holes in the log bridged never.

    None where no unbroken stretch is long enough to smooth.
    """
    time_s, values = _in_steps(voltage)
    first, last = runs(time_s, np.ones(time_s.shape, dtype=bool))
    parts = [
        (time_s[low : high + 1], _fall(values[low : high + 1]))
        for low, high in zip(first, last, strict=True)
        if high - low + 1 >= SMOOTHED_STEPS
    ]
    if not parts:
        return None
    times, falls = zip(*parts, strict=True)
    return Series(np.concatenate(times), np.concatenate(falls), voltage.source)


def _in_steps(voltage: Series) -> tuple[FloatArray, FloatArray]:
    """Means over steps of 0.2 s; the time is that of each step's first sample."""
    steps = np.floor((voltage.time_s - voltage.time_s[0]) / SAG_STEP_S)
    begins = np.concatenate(([0], np.flatnonzero(np.diff(steps)) + 1))
    counts = np.diff(np.append(begins, voltage.values.size))
    return voltage.time_s[begins], np.add.reduceat(voltage.values, begins) / counts


def _fall(values: FloatArray) -> FloatArray:
    """In % of the highest of the last 50 steps; steps longer than 0.2 s look back further."""
    half = SMOOTHED_STEPS // 2
    padded = np.pad(values, half, mode="edge")
    smooth = np.median(sliding_window_view(padded, SMOOTHED_STEPS), axis=1)
    window = round(SAG_WINDOW_S / SAG_STEP_S)
    history = np.pad(smooth, (window - 1, 0), mode="edge")
    highest = sliding_window_view(history, window).max(axis=1)
    result: FloatArray = 100 * (highest - smooth) / np.maximum(highest, 1e-3)
    return result


RULES = (
    Rule(
        "battery.remaining", 1, Component.BATTERY, "Battery charge", judge_remaining,
        threshold_ids=("battery.remaining",), channels=("battery_percentage",),
        missing="The log holds no battery charge.", works_on_ground=True,
    ),
    Rule(
        "battery.voltage", 1, Component.BATTERY, "Battery voltage", judge_voltage,
        threshold_ids=("battery.voltage",), channels=("battery_voltage_v",), missing=NO_SENSOR,
        out_of_scope="A low-voltage limit is published for ArduPilot only.",
    ),
    Rule(
        "battery.cell", 1, Component.BATTERY, "Cell voltage", judge_cell,
        threshold_ids=("battery.cell",), channels=("battery_voltage_v",), missing=NO_SENSOR,
    ),
    Rule(
        "battery.sag", 1, Component.BATTERY, "Voltage sag", judge_sag,
        threshold_ids=("battery.sag",), channels=("battery_voltage_v",), missing=NO_SENSOR,
    ),
)  # fmt: skip
