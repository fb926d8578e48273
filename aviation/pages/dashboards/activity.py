"""What flew: columns, moving averages, percentiles and two periods side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Membership
from analytics.calculations.comparing import Comparison, compared
from analytics.calculations.moving import MONTH, WEEK, Moving
from analytics.calculations.spans import Step, spans, step_for
from analytics.periods import Period
from analytics.reading import activity, seasons
from analytics.reading.activity import DayAverages, Totals
from analytics.reading.spreads import Spread, Spreads, spreads
from aviation.pages.charts.lines import LineChart, line_chart
from aviation.pages.charts.values import Series, Slot, Tone, Value, Words
from aviation.pages.dashboards.courses import NO_FLIGHTS, flights_chart, hours_chart
from aviation.pages.dashboards.links import airborne_link, flights_link
from aviation.pages.dashboards.periods import Chosen
from aviation.pages.dashboards.seasons import season_charts, year_until
from aviation.pages.dashboards.wording import (
    UNKNOWN,
    change,
    counted,
    day_name,
    hours,
    kilometres,
    rounded,
)

Each = TypeVar("Each")
Pair = tuple[Each, Each]
"""Of the period and of what it is compared with."""
MOST_DAYS = 100
"""Of a longer period a moving average is shown once a week."""


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of both periods, written, with its change."""

    label: str
    now: Value
    before: Value
    change: str


@dataclass(frozen=True, slots=True)
class Percentile:
    label: str
    values: tuple[str, str, str]
    of: Value
    """How many flights it is about."""


def activity_page(
    membership: Membership, chosen: Chosen, step: Step | None, at: datetime
) -> dict[str, Any]:
    """Everything on the page, in a fixed number of queries."""
    period = chosen.period
    step = step or step_for(period.days)
    run_up = activity.days_by_type(membership, activity.with_run_up(period))
    days = [each for each in run_up if each.day in period]
    cut = spans(period.start, period.end, step)
    year = year_until(period)
    return {
        "step": step,
        "steps": list(Step),
        "airborne": Value(n := activity.airborne_now(membership), f"{n}", airborne_link()),
        "asked_at": at,
        "flights_chart": flights_chart(chosen, cut, step, days),
        "hours_chart": hours_chart(chosen, cut, step, days),
        "averages_chart": averages_chart(chosen, activity.averages(run_up, period)),
        "percentiles": percentiles(spreads(membership, period), period),
        "comparison": comparison(
            chosen,
            activity.totals(membership, period),
            activity.totals(membership, chosen.other),
        ),
        **season_charts(
            seasons.seasons(membership), seasons.flights_by_day(membership, year), year
        ),
    }


def averages_chart(chosen: Chosen, days: Sequence[DayAverages]) -> LineChart:
    """Flights a day over 7 and over 30 days; each point leads to the flights of its window."""
    shown = _shown(days)
    tz = chosen.period.tz
    slots = [Slot(f"{each.day.day} {each.day:%b}", day_name(each.day)) for each in shown]
    series = [
        Series(
            f"{window} days", tone, tuple(_moving(each, moving, window, tz) for each, moving in of)
        )
        for window, tone, of in (
            (WEEK, Tone.ONE, [(each, each.week) for each in shown]),
            (MONTH, Tone.TWO, [(each, each.month) for each in shown]),
        )
    ]
    last = days[-1]
    words = Words(
        key="averages",
        title="Moving averages",
        unit="flights a day",
        summary=(
            f"At the end, {rounded(last.week.average, 2)} flights a day over {WEEK} days and"
            f" {rounded(last.month.average, 2)} over {MONTH} days. Days without a flight count."
        ),
        empty=NO_FLIGHTS,
        slots="Up to",
    )
    return line_chart(words, slots, series)


def _shown(days: Sequence[DayAverages]) -> Sequence[DayAverages]:
    """Few enough to tell apart, the last day always; none where there was nothing to average."""
    if not any(each.month.total for each in days):
        return ()
    every = 1 if len(days) <= MOST_DAYS else WEEK
    return days[(len(days) - 1) % every :: every]


def _moving(day: DayAverages, moving: Moving, window: int, tz: Any) -> Value:
    end = day.day.toordinal() + 1
    of = Period(day.day.fromordinal(end - window), day.day.fromordinal(end), tz)
    text = f"{rounded(moving.average, 2)} ({counted(int(moving.total), 'flight')})"
    return Value(float(moving.average), text, flights_link(of) if moving.total else "")


def percentiles(found: Spreads, period: Period) -> list[Percentile]:
    return [
        _percentile("Duration", found.duration_s, _minutes, flights_link(period, timed="yes")),
        _percentile("Risk", found.risk, _two_places, flights_link(period, risk_level="assessed")),
    ]


def _percentile(label: str, spread: Spread, write: Any, link: str) -> Percentile:
    of = Value(spread.count, counted(spread.count, "flight"), link if spread.count else "")
    return Percentile(label, (write(spread.p50), write(spread.p95), write(spread.p99)), of)


def _minutes(seconds: float | None) -> str:
    return "–" if seconds is None else f"{rounded(Decimal(seconds) / 60, 1)} min"


def _two_places(number: float | None) -> str:
    return "–" if number is None else rounded(Decimal(number), 2)


def comparison(chosen: Chosen, now: Totals, before: Totals) -> list[Line]:
    """Flights, hours, distance and aircraft of both periods."""
    here, there = now.flown, before.flown
    seconds = compared(known_s(here), known_s(there))
    metres = compared(here.distance_m, there.distance_m)
    both = (chosen.period, chosen.other)

    def listed(texts: Pair[str], counts: Pair[int], **fields: str) -> Pair[Value]:
        now, before = (
            Value(None, text, flights_link(period, **fields) if count else "")
            for text, count, period in zip(texts, counts, both, strict=True)
        )
        return now, before

    flights, timed = (here.flights, there.flights), (here.timed_flights, there.timed_flights)
    return [
        Line(
            "Flights",
            *listed((f"{flights[0]:,}", f"{flights[1]:,}"), flights),
            change(compared(*flights)),
        ),
        Line(
            "Time in the air",
            *listed((_hours(seconds.now), _hours(seconds.before)), timed, timed="yes"),
            change(_divided(seconds, 3_600), 1, " h"),
        ),
        Line(
            "Distance",
            *listed((kilometres(here.distance_m), kilometres(there.distance_m)), flights),
            change(_divided(metres, 1_000), 1, " km"),
        ),
        Line(
            "Aircraft that flew",
            _aircraft(now, chosen.period),
            _aircraft(before, chosen.other),
            change(compared(now.aircraft, before.aircraft)),
        ),
    ]


def _aircraft(totals: Totals, period: Period) -> Value:
    """Leads to the aircraft one by one."""
    query = urlencode({"start": period.start, "until": period.last_day})
    link = f"{reverse('analytics-utilisation')}?{query}" if totals.aircraft else ""
    return Value(totals.aircraft, f"{totals.aircraft:,}", link)


def _hours(seconds: Decimal | None) -> str:
    return UNKNOWN if seconds is None else hours(seconds)


def _divided(of: Comparison, divisor: int) -> Comparison:
    return Comparison(*(None if each is None else each / divisor for each in (of.now, of.before)))


def known_s(flown: activity.Flown) -> Decimal | None:
    """Seconds in the air; None where flights were flown and none has a time."""
    return None if flown.flights and not flown.timed_flights else flown.airborne_s
