"""A log that ends in the air: the autopilot may have lost its power."""

from __future__ import annotations

from collections.abc import Iterator

from aviation.mlresults.findings import Comparison, Component, Finding, Outcome, Passed
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.judging import level_of
from aviation.mlresults.rules.power import board_voltage
from aviation.mlresults.rules.rule import Rule
from aviation.mlresults.thresholds import Level
from aviation.mlresults.wording import figure, second

CHANNEL = "height_m"
FRESH_S = 5.0
"""An older height says nothing of where the log ended."""


def judge_end(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    threshold = context.threshold("log_end.height")
    if not context.phases.ends_in_flight:
        yield _passed(context, rule, None, "The log goes on until after the landing.")
        return
    height, end_s = context.series(CHANNEL), context.record.end_s
    if height is None or end_s - height.time_s[-1] > FRESH_S:
        yield rule.not_assessed("The log ends in flight, but holds no height near its end.")
        return
    last_m = float(height.values[-1])
    if level_of(threshold, last_m) is Level.FAIL:
        yield _ended_in_air(context, rule, last_m)
    else:
        text = f"The log ends {figure(last_m, 'm')} above take-off without recording a landing."
        yield _passed(context, rule, last_m, text)


def _passed(context: FlightContext, rule: Rule, observed: float | None, text: str) -> Passed:
    threshold = context.threshold("log_end.height")
    return Passed(
        rule.id, rule.component, rule.subject, observed, threshold.mildest, threshold.unit,
        threshold.source, text,
    )  # fmt: skip


def _ended_in_air(context: FlightContext, rule: Rule, last_m: float) -> Finding:
    threshold, end_s = context.threshold("log_end.height"), context.record.end_s
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        component=rule.component,
        severity=threshold.severity(Level.FAIL),
        title="The log ends in the air",
        text=(
            f"The log ends at {second(end_s)}, {figure(last_m, 'm')} above take-off. The autopilot "
            f"may have lost its power, or the log may have been cut.{_supply_text(context)}"
        ),
        start_s=end_s,
        end_s=end_s,
        observed=last_m,
        limit=threshold.fail,
        unit=threshold.unit,
        comparison=Comparison.ABOVE,
        source=threshold.source,
        channel=CHANNEL,
        is_on_ground=False,
    )


def _supply_text(context: FlightContext) -> str:
    supply = board_voltage(context)
    if supply is None:
        return ""
    return f" Its supply last read {figure(float(supply.values[-1]), 'V')}."


RULES = (
    Rule(
        "log_end.in_air", 1, Component.POWER, "End of the log", judge_end,
        threshold_ids=("log_end.height",),
    ),
)  # fmt: skip
