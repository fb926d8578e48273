"""Who and what flew how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.models import Membership
from analytics.reading.utilisation import AircraftUse, PilotUse, Use, use_by_aircraft, use_by_pilot
from aviation.pages.charts.shares import Bar, Part, ShareChart, share_chart
from aviation.pages.charts.values import Tone, Value, Words
from aviation.pages.dashboards.courses import NO_FLIGHTS
from aviation.pages.dashboards.links import flights_link
from aviation.pages.dashboards.periods import Chosen
from aviation.pages.dashboards.wording import UNKNOWN, counted, hours, kilometres, share

MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class UseRow:
    """An aircraft or a pilot in the table; ``link`` leads to its page, if it has one."""

    name: str
    link: str
    flights: Value
    hours: Value
    distance: str
    days: str
    share: str
    note: str = ""


def utilisation_page(membership: Membership, chosen: Chosen) -> dict[str, Any]:
    aircraft = use_by_aircraft(membership, chosen.period)
    pilots = use_by_pilot(membership, chosen.period)
    return {
        "aircraft_chart": _aircraft_chart(chosen, aircraft),
        "pilots_chart": _pilots_chart(chosen, pilots),
        "aircraft_rows": [_aircraft_row(chosen, each) for each in aircraft],
        "pilot_rows": [_pilot_row(chosen, each) for each in pilots],
    }


def _aircraft_chart(chosen: Chosen, uses: Sequence[AircraftUse]) -> ShareChart:
    """The share of days on which each aircraft flew."""
    flown = sorted((each for each in uses if each.use.days), key=_most_days_first)
    bars = [
        _days_bar(each.aircraft.registration, each.use, _of_aircraft(chosen, each))
        for each in flown
    ]
    idle = len(uses) - len(flown)
    words = Words(
        key="aircraft",
        title="Days flown by aircraft",
        unit="days with a flight",
        summary=f"Days with a flight, of {counted(chosen.period.days, 'day')}."
        + (f" {counted(idle, 'aircraft', 'aircraft')} did not fly." if idle else ""),
        empty=NO_FLIGHTS,
        slots="Aircraft",
    )
    return share_chart(words, bars[:MOST_BARS], whole=chosen.period.days)


def _pilots_chart(chosen: Chosen, uses: Sequence[PilotUse]) -> ShareChart:
    ordered = sorted(uses, key=_most_days_first)
    bars = [_days_bar(each.name, each.use, _of_pilot(chosen, each)) for each in ordered]
    words = Words(
        key="pilots",
        title="Days flown by pilot",
        unit="days with a flight",
        summary=f"Days with a flight, of {counted(chosen.period.days, 'day')}.",
        empty=NO_FLIGHTS,
        slots="Pilot",
    )
    return share_chart(words, bars[:MOST_BARS], whole=chosen.period.days)


def _most_days_first(of: AircraftUse | PilotUse) -> int:
    return -of.use.days


def _days_bar(name: str, use: Use, link: str) -> Bar:
    text = f"{counted(use.days, 'day')}, {share(use.share)}"
    return Bar(name, (Part("Days", Tone.ONE, Value(use.days, text)),), Value(use.days, text, link))


def _aircraft_row(chosen: Chosen, each: AircraftUse) -> UseRow:
    aircraft = each.aircraft
    page = reverse("aircraft-detail", kwargs={"aircraft_id": aircraft.pk})
    return _row(str(aircraft), page, each.use, chosen, aircraft=aircraft.pk)


def _pilot_row(chosen: Chosen, each: PilotUse) -> UseRow:
    return _row(each.name, "", each.use, chosen, **_pilot_field(each))


def _row(name: str, page: str, use: Use, chosen: Chosen, **field: object) -> UseRow:
    flown = use.flown
    unknown = flown.flights - flown.timed_flights
    link = flights_link(chosen.period, **field)
    timed = flights_link(chosen.period, **field, timed="yes")
    return UseRow(
        name=name,
        link=page,
        flights=Value(flown.flights, f"{flown.flights:,}", link if flown.flights else ""),
        hours=Value(
            None,
            hours(flown.airborne_s) if flown.timed_flights or not flown.flights else UNKNOWN,
            timed if flown.timed_flights else "",
        ),
        distance=kilometres(flown.distance_m),
        days=f"{use.days:,}",
        share=share(use.share),
        note=f"without {counted(unknown, 'flight')} of unknown time" if unknown else "",
    )


def _of_aircraft(chosen: Chosen, each: AircraftUse) -> str:
    return flights_link(chosen.period, aircraft=each.aircraft.pk)


def _of_pilot(chosen: Chosen, each: PilotUse) -> str:
    return flights_link(chosen.period, **_pilot_field(each))


def _pilot_field(each: PilotUse) -> dict[str, object]:
    return {"no_pilot": "yes"} if each.pilot_id is None else {"pilot": each.pilot_id}
