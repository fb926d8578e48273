"""Which days a dashboard tells of, and which it compares them with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from analytics.periods import Period, last_days, months
from aviation.pages.dashboards.wording import days_name

DEFAULT_DAYS = 30
LONGEST_DAYS = 3_653
EARLIEST = date(1990, 1, 1)
YEAR_OF_WEEKS = timedelta(weeks=52)
"""Weekdays stay the same, and fleets fly by weekdays."""
CUSTOM, YEAR, PREVIOUS, YEAR_BEFORE = "custom", "12m", "previous", "year"
PERIODS = [
    ("7", "Last 7 days"),
    ("30", "Last 30 days"),
    ("90", "Last 90 days"),
    (YEAR, "Last 12 months"),
    (CUSTOM, "From … until …"),
]
COMPARISONS = [(PREVIOUS, "the days before"), (YEAR_BEFORE, "52 weeks before")]


@dataclass(frozen=True, slots=True)
class Chosen:
    """``name`` ends a sentence: "in ...", as ``other_name`` does for what is compared with."""

    period: Period
    other: Period
    name: str
    other_name: str
    query: str
    """Keeps the choice on the way to another page; empty for the usual one."""

    @property
    def span_name(self) -> str:
        return days_name(self.period.start, self.period.last_day)

    @property
    def zone(self) -> str:
        return self.period.tz.key


class PeriodForm(forms.Form):
    """A form that is sent with GET; ``start`` and ``until`` count with a period of one's own."""

    period = forms.ChoiceField(choices=PERIODS, required=False)
    start = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    compare = forms.ChoiceField(label="Compare with", choices=COMPARISONS, required=False)

    def __init__(self, data: QueryDict, *, at: datetime, zone: ZoneInfo) -> None:
        """``at`` is the moment the last day is told from."""
        usual = {"period": str(DEFAULT_DAYS), "compare": PREVIOUS}
        given = {name: str(data[name]) for name in self.base_fields if data.get(name)}
        super().__init__(usual | _custom_where_days_are_given(given) | given)
        self._given = given
        self._at, self._zone = at, zone

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("period") == CUSTOM and not self.errors:
            self._check_days(cleaned.get("start"), cleaned.get("until"))
        return cleaned

    def _check_days(self, start: date | None, until: date | None) -> None:
        today = last_days(1, self._at, self._zone).start
        if start is None or until is None:
            self.add_error(None, "Give both the first and the last day.")
        elif until < start:
            self.add_error("until", "The last day lies before the first.")
        elif start < EARLIEST:
            self.add_error("start", f"There are no figures before {EARLIEST.year}.")
        elif start > today:
            self.add_error("start", "The first day lies in the future.")
        elif (until - start).days >= LONGEST_DAYS:
            self.add_error("until", "A period has at most ten years.")

    def chosen(self) -> Chosen:
        """What was asked for; the usual period where that makes no sense."""
        if not self.is_valid():
            period = last_days(DEFAULT_DAYS, self._at, self._zone)
            return _chosen(period, f"the last {DEFAULT_DAYS} days", PREVIOUS, "")
        period, name = self._period()
        return _chosen(period, name, self.cleaned_data["compare"], urlencode(self._given))

    def _period(self) -> tuple[Period, str]:
        kind = self.cleaned_data["period"]
        today = last_days(1, self._at, self._zone)
        if kind == CUSTOM:
            start, last = self.cleaned_data["start"], min(self.cleaned_data["until"], today.start)
            period = Period(start, last + timedelta(days=1), self._zone)
            return period, days_name(period.start, period.last_day)
        if kind == YEAR:
            first = months(12, self._at, self._zone)[0]
            return Period(first.start, today.end, self._zone), "the last 12 months"
        return last_days(int(kind), self._at, self._zone), f"the last {kind} days"


def _custom_where_days_are_given(given: dict[str, str]) -> dict[str, str]:
    return {"period": CUSTOM} if {"start", "until"} & given.keys() else {}


def _chosen(period: Period, name: str, compare: str, query: str) -> Chosen:
    if compare == YEAR_BEFORE:
        other = Period(period.start - YEAR_OF_WEEKS, period.end - YEAR_OF_WEEKS, period.tz)
        return Chosen(period, other, name, "the same days 52 weeks before", query)
    other = period.previous()
    before = "the day before" if period.days == 1 else f"the {period.days} days before"
    return Chosen(period, other, name, before, query)
