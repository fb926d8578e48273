"""Motors: balance in hover, a motor that loses speed, a motor driven to its limit alone.

Outputs that do not move in the air drive no motor and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from aviation.mlresults.findings import Component, Finding, Outcome, Passed
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.excursions import BoolArray
from aviation.mlresults.rules.judging import Check, judge, whole_flight
from aviation.mlresults.rules.rule import Rule
from aviation.telemetry.record import FloatArray, Series

OUTPUT, SPEED = "motor_output_us", "motor_rpm"
TRAVEL_LEAST_US = 20.0
HOVER_LEAST_S = 5.0
COPTER_MOTORS_LEAST = 3
OTHERS_WELL_BELOW = 80.0
"""% of full output that the other motors stay under while one alone is at its limit."""
OTHERS_TURNING = 50.0
"""% of their usual speed (or throttle) that the others must keep for one motor to stand out."""
FULL_SETTINGS = ("MOT_PWM_MAX", "PWM_MAIN_MAX", "PWM_MAX")
IDLE_SETTINGS = ("MOT_PWM_MIN", "PWM_MAIN_MIN", "PWM_MIN")
FULL_US, IDLE_US = 2_000.0, 1_000.0

SCOPE = "The published balance limits are for multirotors flown by ArduPilot."
NO_OUTPUTS = "The log holds no outputs of at least three motors that moved in the air."
NO_SPEED = "The log holds no ESC speed."
LOST_ADVICE = "The motor, its ESC or its propeller may have failed."


def moving_outputs(context: FlightContext) -> dict[int, Series]:
    """The outputs that moved in the air, by motor number."""
    found = {}
    for number, series in context.numbered(OUTPUT).items():
        airborne = series.values[context.is_airborne(series.time_s)]
        if airborne.size and np.ptp(airborne) >= TRAVEL_LEAST_US:
            found[number] = series
    return found


def judge_balance(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Spread of the motors' mean outputs in hover (LogAnalyzer), or deviation (dronekit-la)."""
    outputs = moving_outputs(context)
    if len(outputs) < COPTER_MOTORS_LEAST:
        return
    if sum(end_s - start_s for start_s, end_s in context.hovers) < HOVER_LEAST_S:
        yield rule.not_assessed("There was no steady hover of 5 s to compare the motors in.")
        return
    means = _hover_means(context, outputs)
    if len(means) < len(outputs):
        return
    average = sum(means.values()) / len(means)
    farthest = max(means, key=lambda number: abs(means[number] - average))
    threshold = context.threshold(rule.threshold_ids[0])
    is_spread = threshold.id == "motors.spread"
    observed = (
        max(means.values()) - min(means.values()) if is_spread else abs(means[farthest] - average)
    )
    what = f"Deviation of motor {farthest} in hover"
    advice = (
        f"Motor {farthest} ran at {means[farthest]:.0f} µs, all on average at {average:.0f} µs. "
        "Weight off centre, a twisted arm or a weak motor may be the cause."
    )
    if is_spread:
        what = "Spread of the motors' outputs in hover"
    check = Check(outputs[farthest], f"{OUTPUT}_{farthest}", threshold, what, advice)
    yield whole_flight(context, rule, check, observed)


def _hover_means(context: FlightContext, outputs: Mapping[int, Series]) -> dict[int, float]:
    means = {}
    for number, series in outputs.items():
        parts = [part for hover in context.hovers if (part := series.between(*hover)) is not None]
        if parts:
            means[number] = float(np.concatenate([part.values for part in parts]).mean())
    return means


def judge_speed(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Each motor's speed, as a share of its usual, against what the others (or throttle) keep.

    With one motor dead the autopilot slows the opposite one, hence the low limit among several. A
    single motor's propeller goes on turning in the wind and follows the throttle with a lag, hence
    its higher limit and longer hold.
    """
    speeds = {
        number: series
        for number, series in context.numbered(SPEED).items()
        if context.is_airborne(series.time_s).any()
        and (series.values.any() or number in moving_outputs(context))
    }
    if not speeds:
        return
    outcomes = [
        outcome for number in speeds for outcome in _judge_one(context, rule, speeds, number)
    ]
    findings = [outcome for outcome in outcomes if isinstance(outcome, Finding)]
    passes = [outcome for outcome in outcomes if isinstance(outcome, Passed)]
    yield from findings
    if not findings and passes:
        yield min(passes, key=lambda each: each.observed or 0.0)
    if not outcomes:
        yield rule.not_assessed("The log holds no throttle to compare the motor's speed with.")


def _judge_one(
    context: FlightContext, rule: Rule, speeds: Mapping[int, Series], number: int
) -> list[Outcome]:
    share = _share_of_usual(context, speeds[number])
    time_s = share.time_s
    if len(speeds) > 1:
        threshold = context.threshold("motors.rpm_share")
        others = [_share_of_usual(context, speeds[other]) for other in speeds if other != number]
        kept = np.median([other.at(time_s) for other in others], axis=0)
    else:
        throttle = context.in_flight("throttle_percentage")
        if throttle is None:
            return []
        kept = _share_of_usual(context, throttle).at(time_s)
        threshold = context.threshold("motors.rpm_share_single")
    relative = _relative(share.values, kept)
    series = Series(time_s, relative, speeds[number].source)
    what = f"Speed of motor {number} (of what it should have kept)"
    title = f"Motor {number} lost speed"
    check = Check(series, f"{SPEED}_{number}", threshold, what, LOST_ADVICE, title=title)
    return judge(context, rule, check)


def _share_of_usual(context: FlightContext, series: Series) -> Series:
    """In % of the channel's upper median in the air, so a motor lost half-way keeps its usual."""
    airborne = series.values[context.is_airborne(series.time_s)]
    usual = float(np.percentile(airborne, 75)) if airborne.size else 0.0
    if usual <= 0:
        usual = max(float(airborne.max(initial=0.0)), 1.0)
    return Series(series.time_s, 100 * series.values / usual, series.source)


def _relative(share: FloatArray, kept: FloatArray) -> FloatArray:
    """The share in % of what the others kept; 100 where they turned too slowly to compare."""
    is_turning: BoolArray = kept >= OTHERS_TURNING
    return np.where(is_turning, 100 * share / np.maximum(kept, OTHERS_TURNING), 100.0)


def judge_full_output(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """One motor driven to its limit while the others are not: it may give less than asked."""
    outputs = moving_outputs(context)
    if len(outputs) < COPTER_MOTORS_LEAST:
        return
    shares = {number: _share_of_full(context, series) for number, series in outputs.items()}
    outcomes = []
    for number, share in shares.items():
        others = [shares[other].at(share.time_s) for other in shares if other != number]
        is_alone = np.mean(others, axis=0) < OTHERS_WELL_BELOW
        alone = Series(share.time_s, np.where(is_alone, share.values, 0.0), share.source)
        threshold = context.threshold("motors.full_output")
        check = Check(
            alone, f"{OUTPUT}_{number}", threshold,
            f"Output of motor {number} (of full)", LOST_ADVICE,
            title=f"Motor {number} alone was driven to its limit",
        )  # fmt: skip
        outcomes += judge(context, rule, check)
    findings = [outcome for outcome in outcomes if isinstance(outcome, Finding)]
    passes = [outcome for outcome in outcomes if isinstance(outcome, Passed)]
    yield from findings
    if not findings and passes:
        yield max(passes, key=lambda each: each.observed or 0.0)


def _share_of_full(context: FlightContext, series: Series) -> Series:
    parameters = context.record.parameters
    full = next((v for n in FULL_SETTINGS if (v := parameters.get(n, 0.0)) > IDLE_US), FULL_US)
    idle = next((v for n in IDLE_SETTINGS if 0 < (v := parameters.get(n, 0.0)) < full), IDLE_US)
    share = np.minimum(100 * (series.values - idle) / (full - idle), 100.0)
    return Series(series.time_s, share, series.source)


RULES = (
    Rule(
        "motors.spread", 1, Component.MOTOR, "Motor balance", judge_balance,
        threshold_ids=("motors.spread",), missing=NO_OUTPUTS, out_of_scope=SCOPE,
    ),
    Rule(
        "motors.deviation", 1, Component.MOTOR, "Motor balance", judge_balance,
        threshold_ids=("motors.deviation",), missing=NO_OUTPUTS, out_of_scope=SCOPE,
    ),
    Rule(
        "motors.speed", 1, Component.MOTOR, "Motor speed", judge_speed,
        threshold_ids=("motors.rpm_share", "motors.rpm_share_single"), missing=NO_SPEED,
    ),
    Rule(
        "motors.full_output", 1, Component.MOTOR, "Motor output", judge_full_output,
        threshold_ids=("motors.full_output",), missing=NO_OUTPUTS,
        out_of_scope="This check is for multirotors, whose motors share the load.",
    ),
)  # fmt: skip
