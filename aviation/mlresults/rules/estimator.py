"""The navigation estimator: how well its sensors agree with each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aviation.mlresults.findings import Component, Outcome
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.excursions import runs
from aviation.mlresults.rules.judging import Check, judge, whole_flight
from aviation.mlresults.rules.rule import Rule
from aviation.telemetry.channels import label_of
from aviation.telemetry.record import Series

RATIOS = {
    "ekf_velocity_ratio": Component.ESTIMATOR,
    "ekf_position_ratio": Component.ESTIMATOR,
    "ekf_height_ratio": Component.ESTIMATOR,
    "ekf_compass_ratio": Component.COMPASS,
    "ekf_airspeed_ratio": Component.ESTIMATOR,
}
FAILSAFE_RATIOS = ("ekf_compass_ratio", "ekf_position_ratio", "ekf_velocity_ratio")
ADVICE = "The autopilot may have lost trust in its position, height or heading."


def _used_ratios(context: FlightContext) -> dict[str, Series]:
    """The ratios that are in use: one that reads 0 throughout belongs to no sensor."""
    found = {channel: context.in_flight(channel) for channel in RATIOS}
    return {
        channel: series
        for channel, series in found.items()
        if series is not None and series.values.any()
    }


def judge_share(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """PX4: the share of the flight in which a test ratio was above the amber mark."""
    amber = context.threshold("estimator.amber").warn
    if amber is None:
        return
    threshold = context.threshold("estimator.amber_share")
    for channel, series in _used_ratios(context).items():
        over = series.values > amber
        name = label_of(channel)
        what = f"Share of the flight with the {name[0].lower()}{name[1:]} over {amber:g}"
        title = f"The {_part(channel)} measurements often disagreed with the estimator"
        check = Check(series, channel, threshold, what, ADVICE, None, RATIOS[channel], title)
        start_s = float(series.time_s[over.argmax()]) if over.any() else None
        yield whole_flight(context, rule, check, 100 * float(over.mean()), start_s=start_s)


def judge_each(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Every ratio against the rule's own threshold."""
    threshold = context.threshold(rule.threshold_ids[0])
    for channel in _used_ratios(context):
        series = context.series(channel)
        if series is None:
            continue
        title = f"The {_part(channel)} measurements disagreed with the estimator"
        check = Check(
            series, channel, threshold, label_of(channel), ADVICE,
            component=RATIOS[channel], title=title,
        )  # fmt: skip
        yield from judge(context, rule, check)


def _part(channel: str) -> str:
    """``velocity`` of ``ekf_velocity_ratio``."""
    return channel.removeprefix("ekf_").removesuffix("_ratio")


def judge_failsafe(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """ArduPilot's own test: the second largest of three variances reaches the limit."""
    used = _used_ratios(context)
    ratios = {channel: used[channel] for channel in FAILSAFE_RATIOS if channel in used}
    if len(ratios) < 2:
        return
    time_s = max((series.time_s for series in ratios.values()), key=len)
    stacked = np.sort([series.held_at(time_s) for series in ratios.values()], axis=0)
    series = Series(time_s, stacked[-2], "second largest of the variances")
    threshold = context.threshold("estimator.ekf_failsafe")
    what = "Second largest of the compass, position and velocity variances"
    first, _ = runs(time_s, series.values >= (threshold.fail or np.inf))
    leading = _largest(ratios, float(time_s[first[0]])) if first.size else FAILSAFE_RATIOS[0]
    title = "Two of compass, position and velocity disagreed with the estimator"
    check = Check(series, leading, threshold, what, ADVICE, title=title)
    yield from judge(context, rule, check)


def _largest(ratios: dict[str, Series], time_s: float) -> str:
    moment = np.array([time_s])
    return max(ratios, key=lambda channel: float(ratios[channel].held_at(moment)[0]))


MISSING = "The log holds no estimator test ratios from the flight."

RULES = (
    Rule(
        "estimator.share", 1, Component.ESTIMATOR, "Estimator agreement", judge_share,
        threshold_ids=("estimator.amber_share",), missing=MISSING,
        out_of_scope="The published estimator limits are for PX4 and ArduPilot.",
    ),
    Rule(
        "estimator.rejected", 1, Component.ESTIMATOR, "Estimator rejections", judge_each,
        threshold_ids=("estimator.rejected",), missing=MISSING,
        out_of_scope="The published rejection limit is for PX4.",
    ),
    Rule(
        "estimator.variance", 1, Component.ESTIMATOR, "Estimator agreement", judge_each,
        threshold_ids=("estimator.variance",), missing=MISSING,
    ),
    Rule(
        "estimator.ekf_failsafe", 1, Component.ESTIMATOR, "EKF failsafe condition", judge_failsafe,
        threshold_ids=("estimator.ekf_failsafe",),
        missing="The log holds fewer than two of the compass, position and velocity variances.",
        out_of_scope="The EKF failsafe is ArduPilot's, and its aeroplanes have none.",
    ),
)  # fmt: skip
