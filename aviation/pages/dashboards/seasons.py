"""When in the week and in the year the fleet flies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from analytics.periods import Period
from analytics.reading.seasons import Seasons
from aviation.pages.charts.calendar import CalendarChart, calendar_chart
from aviation.pages.charts.lines import LineChart, line_chart
from aviation.pages.charts.shares import Bar, Part, ShareChart, share_chart
from aviation.pages.charts.values import PLAIN_TONES, Series, Slot, Tone, Value, Words
from aviation.pages.dashboards.courses import each_day
from aviation.pages.dashboards.links import flights_link
from aviation.pages.dashboards.wording import counted, day_name, share
from aviation.pages.filters import WEEKDAYS

CALENDAR_DAYS = 365
MOST_YEARS = 4
NEVER = "No flight was flown yet."
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def year_until(period: Period) -> Period:
    """The year that ends with the period."""
    return Period(period.end - timedelta(days=CALENDAR_DAYS), period.end, period.tz)


def season_charts(
    seasons: Seasons, by_day: Mapping[date, int], year: Period
) -> dict[str, CalendarChart | ShareChart | LineChart]:
    return {
        "calendar": _calendar(by_day, year),
        "weekdays": _weekdays(seasons),
        "months": _months(seasons, year),
    }


def _calendar(by_day: Mapping[date, int], year: Period) -> CalendarChart:
    def value(day: date) -> Value:
        flights = by_day.get(day, 0)
        one = Period(day, day + timedelta(days=1), year.tz)
        text = counted(flights, "flight") if flights else "no flight"
        return Value(flights, text, flights_link(one) if flights else "")

    flown = len(by_day)
    words = Words(
        key="calendar",
        title="A year, day by day",
        unit="flights per day, in the year up to " + day_name(year.last_day),
        summary=(
            f"{counted(sum(by_day.values()), 'flight')} on {counted(flown, 'day')} of"
            f" {CALENDAR_DAYS}; the fuller a square, the more flights."
        ),
        empty="No flight was flown in the year up to this day.",
    )
    return calendar_chart(words, year.start, each_day(year.start, year.days, value))


def _weekdays(seasons: Seasons) -> ShareChart:
    total = sum(seasons.by_weekday.values())

    def bar(number: int, name: str) -> Bar:
        flights = seasons.by_weekday.get(number, 0)
        of_all = f", {share(Decimal(flights) / total)}" if total else ""
        text = f"{flights:,}{of_all}"
        link = flights_link(weekday=number) if flights else ""
        return Bar(name, (Part("Flights", Tone.ONE, Value(flights, text)),), Value(0, text, link))

    words = Words(
        key="weekdays",
        title="By weekday",
        unit="flights",
        summary=f"All {counted(total, 'flight')} ever flown, by the day of the week.",
        empty=NEVER,
        slots="Weekday",
    )
    return share_chart(words, [bar(int(number), name) for number, name in WEEKDAYS])


def _months(seasons: Seasons, year: Period) -> LineChart:
    """A line a year, the newest years only; months before the first and after today are missing."""
    years = seasons.years[-MOST_YEARS:]
    first = min(seasons.by_month, default=(0, 0))
    now = (year.last_day.year, year.last_day.month)

    def value(of: int, month: int) -> Value:
        if not first <= (of, month) <= max(now, max(seasons.by_month, default=now)):
            return Value(None, "–")
        flights = seasons.by_month.get((of, month), 0)
        link = flights_link(_month(of, month, year)) if flights else ""
        return Value(flights, f"{flights:,}", link)

    series = [
        Series(f"{of}", tone, tuple(value(of, month) for month in range(1, 13)))
        for of, tone in zip(reversed(years), PLAIN_TONES, strict=False)
    ]
    words = Words(
        key="months",
        title="By month, over the years",
        unit="flights per month",
        summary=_months_summary(seasons),
        empty=NEVER,
        slots="Month",
    )
    return line_chart(words, [Slot(name, name) for name in MONTHS], series)


def _months_summary(seasons: Seasons) -> str:
    if not seasons.by_month:
        return ""
    busiest = max(seasons.by_month, key=lambda key: seasons.by_month[key])
    return (
        f"The busiest month so far was {MONTHS[busiest[1] - 1]} {busiest[0]} with"
        f" {counted(seasons.by_month[busiest], 'flight')}. A month leads to its newest year."
    )


def _month(year: int, month: int, of: Period) -> Period:
    following = date(year + month // 12, month % 12 + 1, 1)
    return Period(date(year, month, 1), following, of.tz)
