"""How risky the fleet's flights were, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from accounts.models import Membership
from analytics.calculations.comparing import compared
from analytics.calculations.spans import Span, Step, spans, step_for
from analytics.periods import Period
from analytics.reading.risk_course import (
    Assessed,
    AssessedDay,
    ComponentAnomalies,
    LevelOfDay,
    anomalies_by_component,
    assessed,
    assessed_days,
    levels_by_day,
)
from analytics.reading.risk_profile import risk_profile
from aviation.fleet.choices import AircraftType
from aviation.mlresults.choices import RiskLevel
from aviation.pages.charts.columns import ColumnChart, column_chart
from aviation.pages.charts.lines import LineChart, line_chart
from aviation.pages.charts.shares import Bar, Part, ShareChart, share_chart
from aviation.pages.charts.values import Series, Tone, Value, Words
from aviation.pages.dashboards.cards import Card
from aviation.pages.dashboards.courses import NO_FLIGHTS, TONE_OF_TYPE, by_span, slot_of
from aviation.pages.dashboards.links import anomalies_link, flights_link
from aviation.pages.dashboards.periods import Chosen
from aviation.pages.dashboards.profile import type_row
from aviation.pages.dashboards.wording import (
    NOT_ASSESSED,
    change_on,
    component_name,
    counted,
    risk,
    share,
    type_name,
)
from aviation.pages.filters import NOT_ASSESSED as NOT_ASSESSED_FIELD

LEVELS = (
    (RiskLevel.LOW.value, "Low", Tone.LOW),
    (RiskLevel.MEDIUM.value, "Medium", Tone.MEDIUM),
    (RiskLevel.HIGH.value, "High", Tone.HIGH),
    (RiskLevel.CRITICAL.value, "Critical", Tone.CRITICAL),
    ("", "Not assessed", Tone.NOTHING),
)
SINGLE_DAYS = 10
ANOMALIES = (("warning", "Warning", Tone.HIGH), ("critical", "Critical", Tone.CRITICAL))


def risk_page(membership: Membership, chosen: Chosen) -> dict[str, Any]:
    """Charts and cards, in a fixed number of queries."""
    period, step = chosen.period, step_for(chosen.period.days)
    cut = spans(period.start, period.end, step)
    days = assessed_days(membership, period)
    anomalies = anomalies_by_component(membership, period)
    now = added(days)
    profile = risk_profile(period)
    return {
        "cards": risk_cards(chosen, now, assessed(membership, chosen.other)),
        "profile": [type_row(period, each) for each in (*profile.types, profile.whole)],
        "levels_chart": levels_chart(cut, step, levels_by_day(membership, period)),
        "risk_chart": risk_chart(period, days),
        "anomalies_chart": anomalies_chart(chosen, anomalies),
    }


def risk_cards(chosen: Chosen, now: Assessed, before: Assessed) -> list[Card]:
    """Average risk, high-risk flights and what could not be assessed."""
    high = now.high_risk_flights
    of_scored = f"{share(_share(high, now.scored_flights))} of those assessed; " if high else ""
    return [
        Card(
            "Average risk",
            risk(now.average),
            unit="of 1" if now.average is not None else "",
            note=change_on(compared(now.average, before.average), chosen.other_name, 2),
            link=_link_if(now.scored_flights, chosen, risk_level="assessed"),
        ),
        Card(
            "High-risk flights",
            f"{high:,}",
            note=of_scored + change_on(compared(high, before.high_risk_flights), chosen.other_name),
            link=_link_if(high, chosen, risk_level="serious"),
            is_worrying=high > 0,
        ),
    ]


def levels_chart(cut: Sequence[Span], step: Step, days: Sequence[LevelOfDay]) -> ColumnChart:
    """Flights by risk level; those not assessed have a column of their own kind."""
    groups = [_by_level(group) for group in by_span(cut, days)]

    def total(span: Span, counts: Counter[str]) -> Value:
        flights = counts.total()
        return Value(flights, counted(flights, "flight"), flights_link(span) if flights else "")

    slots = [slot_of(s, step, total(s, g)) for s, g in zip(cut, groups, strict=True)]
    everything = sum(groups, start=Counter())
    series = [
        _level_series(level, name, tone, cut, groups)
        for level, name, tone in LEVELS
        if everything[level]
    ]
    words = Words(
        key="levels",
        title=f"Flights by risk level and {step.value}",
        unit=f"flights per {step.value}",
        summary=_levels_summary(everything),
        empty=NO_FLIGHTS,
        slots=step.value.capitalize(),
    )
    return column_chart(words, slots, series, is_whole=True)


def _by_level(days: Iterable[LevelOfDay]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each in days:
        counts[each.level] += each.flights
    return counts


def _level_series(
    level: str, name: str, tone: Tone, cut: Sequence[Span], groups: Sequence[Counter[str]]
) -> Series:
    def value(span: Span, counts: Counter[str]) -> Value:
        flights = counts[level]
        link = flights_link(span, risk_level=level or NOT_ASSESSED_FIELD) if flights else ""
        return Value(flights, f"{flights:,}", link)

    return Series(name, tone, tuple(value(s, g) for s, g in zip(cut, groups, strict=True)))


def _levels_summary(counts: Counter[str]) -> str:
    told = [f"{counts[level]:,} {name.lower()}" for level, name, _ in LEVELS if counts[level]]
    return f"{counted(counts.total(), 'flight')}: {', '.join(told)}."


def risk_chart(period: Period, days: Sequence[AssessedDay]) -> LineChart:
    """The average risk by type; where no flight was assessed the line has a gap.

    Over more than a few days it goes by weeks: single days hold too few flights for an average.
    """
    step = step_for(period.days) if period.days <= SINGLE_DAYS else _longer(step_for(period.days))
    cut = spans(period.start, period.end, step)
    groups = by_span(cut, days)
    present = {each.aircraft_type for each in days if each.assessed.scored_flights}
    kinds = [each for each in AircraftType.values if each in present]
    series = [
        Series(type_name(kind), TONE_OF_TYPE[kind], tuple(_risk_values(kind, cut, groups)))
        for kind in kinds
    ]
    words = Words(
        key="risk",
        title=f"Average risk by {step.value}",
        unit="risk, from 0 to 1",
        summary=f"{_risk_sentence(added(days))} A gap means that no flight was assessed.",
        empty="No flight of this period has a risk: none was assessed.",
        slots=step.value.capitalize(),
    )
    return line_chart(words, [slot_of(span, step) for span in cut], series)


def _longer(step: Step) -> Step:
    return Step.WEEK if step is Step.DAY else step


def _risk_values(
    kind: str, cut: Sequence[Span], groups: Sequence[Sequence[AssessedDay]]
) -> list[Value]:
    values = []
    for span, group in zip(cut, groups, strict=True):
        of_kind = added(each for each in group if each.aircraft_type == kind)
        if of_kind.average is None:
            values.append(Value(None, NOT_ASSESSED))
            continue
        link = flights_link(span, aircraft_type=kind, risk_level="assessed")
        text = f"{risk(of_kind.average)} ({counted(of_kind.scored_flights, 'flight')})"
        values.append(Value(float(of_kind.average), text, link))
    return values


def _risk_sentence(all_days: Assessed) -> str:
    return f"{risk(all_days.average)} over {counted(all_days.scored_flights, 'assessed flight')}."


def added(days: Iterable[AssessedDay]) -> Assessed:
    return sum((each.assessed for each in days), start=Assessed())


def anomalies_chart(chosen: Chosen, found: Sequence[ComponentAnomalies]) -> ShareChart:
    """What the warnings and critical findings were about."""
    total = sum(each.warnings + each.critical for each in found)
    words = Words(
        key="anomalies",
        title="Anomalies by component",
        unit="anomalies",
        summary=(
            f"{counted(total, 'finding')} of severity warning or critical in {chosen.name}. A"
            " number leads to the flights they were made on."
        ),
        empty="No warning and no critical finding in this period.",
        slots="Component",
    )
    return share_chart(words, [_anomaly_bar(chosen, each) for each in found])


def _anomaly_bar(chosen: Chosen, each: ComponentAnomalies) -> Bar:
    counts = {"warning": each.warnings, "critical": each.critical}
    parts = tuple(
        Part(name, tone, Value(counts[severity], f"{counts[severity]:,}"))
        for severity, name, tone in ANOMALIES
    )
    total = each.warnings + each.critical
    link = anomalies_link(chosen.period, component=each.component)
    critical = f", {each.critical:,} critical" if each.critical else ""
    return Bar(component_name(each.component), parts, Value(total, f"{total:,}{critical}", link))


def _share(part: int, whole: int) -> Decimal:
    return Decimal(part) / whole if whole else Decimal(0)


def _link_if(number: int, chosen: Chosen, **fields: object) -> str:
    return flights_link(chosen.period, **fields) if number else ""
