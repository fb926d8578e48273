"""Holding one channel against one threshold: the judgement most rules share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aviation.mlresults.findings import Comparison, Component, Finding, Outcome, Passed, Severity
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.excursions import BoolArray, Excursion, excursions, told
from aviation.mlresults.rules.rule import Rule
from aviation.mlresults.thresholds import Level, Threshold
from aviation.mlresults.wording import exact, figure, plural, second
from aviation.telemetry.record import Series


@dataclass(frozen=True, slots=True)
class Check:
    """A quantity and its limit. ``what`` names it in a sentence: ``Vibration``, ``Roll error``.

    ``ground_severity`` is given to what happened on the ground; None leaves the ground unjudged.
    ``component`` overrides the rule's where one rule watches several parts.
    """

    series: Series
    channel: str
    threshold: Threshold
    what: str
    advice: str = ""
    ground_severity: Severity | None = None
    component: Component | None = None
    title: str = ""
    """The finding's title; by default the quantity and its limit."""


def judge(context: FlightContext, rule: Rule, check: Check) -> list[Outcome]:
    """Findings beyond the limit in the air and, where asked, on the ground; else a pass.

    Empty when the channel has no sample in the part that is judged.
    """
    airborne = context.is_airborne(check.series.time_s)
    parts = [(airborne, False)]
    if check.ground_severity is not None:
        parts.append((~airborne, True))
    found: list[Outcome] = []
    for judged, is_on_ground in parts:
        found += _findings(rule, check, judged, is_on_ground=is_on_ground)
    if found:
        return found
    judged = airborne if check.ground_severity is None else airborne | True
    if not judged.any():
        return []
    values = check.series.values[judged]
    worst = float(values.max() if check.threshold.is_above else values.min())
    return [passed(rule, check, worst, "at most" if check.threshold.is_above else "at least")]


def _findings(rule: Rule, check: Check, judged: BoolArray, *, is_on_ground: bool) -> list[Finding]:
    """Those of the worst level reached: milder ones are mentioned in its text."""
    threshold, series = check.threshold, check.series
    by_level = {
        level: excursions(series.time_s, series.values, threshold, level, judged) for level in Level
    }
    if threshold.fails_by_peak and threshold.warn is not None:
        by_level[Level.FAIL] = [
            each for each in by_level[Level.WARN] if level_of(threshold, each.peak) is Level.FAIL
        ]
    level = Level.FAIL if by_level[Level.FAIL] else Level.WARN
    episodes = list(told(by_level[level], is_above=threshold.is_above))
    milder = by_level[Level.WARN] if level is Level.FAIL else []
    findings = [finding(rule, check, level, episode) for episode in episodes]
    if is_on_ground:
        return [_on_ground(each, check.ground_severity) for each in findings]
    findings = [_as_standing(check, level, each) for each in findings]
    if findings and milder and milder[0].start_s < findings[0].start_s:
        findings[0] = _with_onset(findings[0], check, milder[0].start_s)
    return findings


def _as_standing(check: Check, level: Level, found: Finding) -> Finding:
    """Marked where it was so just before the flight, or from the log's first sample on."""
    series = check.series
    index = int(np.searchsorted(series.time_s, found.start_s))
    if index and level_of(check.threshold, float(series.values[index - 1])) is not level:
        return found
    since = "before take-off" if index else "from the first sample on"
    return replace(found, text=f"{found.text} It was so {since}.", is_standing=True)


def _with_onset(found: Finding, check: Check, onset_s: float) -> Finding:
    limit = exact(check.threshold.warn or 0.0, check.threshold.unit)
    side = "over" if check.threshold.is_above else "under"
    return replace(found, text=f"{found.text} It was {side} {limit} first at {second(onset_s)}.")


def _on_ground(found: Finding, severity: Severity | None) -> Finding:
    milder = found.severity if severity is None else min(
        found.severity, severity, key=lambda each: each.rank
    )  # fmt: skip
    return replace(found, severity=milder, is_on_ground=True)


def finding(rule: Rule, check: Check, level: Level, excursion: Excursion) -> Finding:
    """One stretch beyond one level, in the air."""
    threshold = check.threshold
    limit = threshold.limit(level)
    if limit is None:
        raise ValueError(f"{threshold.id} has no {level} limit")
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        component=check.component or rule.component,
        severity=threshold.severity(level),
        title=check.title or f"{check.what} {threshold.side} {exact(limit, threshold.unit)}",
        text=_told(check, limit, excursion),
        start_s=excursion.start_s,
        end_s=excursion.end_s,
        observed=excursion.peak,
        limit=limit,
        unit=threshold.unit,
        comparison=threshold.side,
        source=threshold.source,
        channel=check.channel,
        is_on_ground=False,
    )


def _told(check: Check, limit: float, excursion: Excursion) -> str:
    threshold = check.threshold
    verb = "rose to" if threshold.is_above else "fell to"
    times = f", {plural(excursion.count, 'time')} in all" if excursion.count > 1 else ""
    parts = [
        f"{check.what} {verb} {figure(excursion.peak, threshold.unit)} "
        f"at {second(excursion.peak_s)}{times}; the limit is {exact(limit, threshold.unit)} "
        f"({threshold.source}).",
        check.advice,
    ]
    return " ".join(part for part in parts if part)


def passed(rule: Rule, check: Check, worst: float, extreme: str = "") -> Passed:
    """That a quantity stayed within its mildest limit, or left it too shortly to count.

    ``extreme`` (``at most``, ``at least``) says what kind of figure ``worst`` is.
    """
    threshold, limit = check.threshold, check.threshold.mildest
    return Passed(
        rule_id=rule.id,
        component=check.component or rule.component,
        title=rule.subject,
        observed=worst,
        limit=limit,
        unit=threshold.unit,
        source=threshold.source,
        text=_passed_text(check, worst, limit, extreme),
    )


def _passed_text(check: Check, worst: float, limit: float | None, extreme: str) -> str:
    threshold = check.threshold
    text = f"{check.what}: {figure(worst, threshold.unit)} {extreme}".rstrip()
    if limit is None:
        return f"{text}."
    is_past = worst > limit if threshold.is_above else worst < limit
    if is_past:
        return f"{text}, past {exact(limit, threshold.unit)} only for a moment."
    return f"{text} (limit {exact(limit, threshold.unit)}, {threshold.source})."


def whole_flight(
    context: FlightContext,
    rule: Rule,
    check: Check,
    observed: float,
    *,
    start_s: float | None = None,
) -> Outcome:
    """A single figure of the whole flight against its limit: a standing finding or a pass.

    ``start_s`` is the moment it first showed, where there is one; it is then no standing finding.
    """
    threshold = check.threshold
    level = level_of(threshold, observed)
    if level is None:
        return passed(rule, check, observed)
    first_s, last_s = _flight_span(context)
    begin_s = first_s if start_s is None else start_s
    found = finding(rule, check, level, Excursion(begin_s, max(begin_s, last_s), observed, begin_s))
    text = " ".join(part for part in (_figure_text(check, level, observed), check.advice) if part)
    return replace(found, text=text, is_standing=start_s is None)


def _figure_text(check: Check, level: Level, observed: float) -> str:
    threshold = check.threshold
    limit = threshold.limit(level) or 0.0
    return (
        f"{check.what} was {figure(observed, threshold.unit)}; the limit is "
        f"{exact(limit, threshold.unit)} ({threshold.source})."
    )


def _flight_span(context: FlightContext) -> tuple[float, float]:
    flying: Sequence[tuple[float, float]] = context.phases.flying
    if not flying:
        return context.record.start_s, context.record.end_s
    return flying[0][0], flying[-1][1]


def level_of(threshold: Threshold, value: float) -> Level | None:
    """The worst level a single value reaches."""
    for level in (Level.FAIL, Level.WARN):
        limit = threshold.limit(level)
        if limit is not None and _is_beyond(threshold, value, limit):
            return level
    return None


def _is_beyond(threshold: Threshold, value: float, limit: float) -> bool:
    if value == limit:
        return threshold.counts_at_limit
    return value > limit if threshold.side is Comparison.ABOVE else value < limit
