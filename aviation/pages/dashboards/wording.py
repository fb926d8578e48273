"""Numbers, days and changes the way a fleet manager reads them."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from analytics.calculations.comparing import Comparison
from analytics.calculations.wear_weights import LEVEL_PLACES
from aviation.fleet.choices import AircraftType

UNKNOWN = "not known"
NOT_ASSESSED = "not assessed"
MINUS = "\N{MINUS SIGN}"


def rounded(number: Decimal, places: int, rounding: str = ROUND_HALF_UP) -> str:
    """Thousands apart, halves away from zero; never a minus before a zero."""
    text = f"{number.quantize(Decimal(1).scaleb(-places), rounding=rounding):,}"
    is_zero = not text.strip("-0.,")
    return text.lstrip("-") if is_zero else text.replace("-", MINUS)


def points(score: Decimal) -> str:
    """A wear score, never rounded up: 49.96 beside "High" is not 50.0, where "Urgent" begins.
    No limit of a level has more places, so none lies between what is shown and the score."""
    return rounded(score, LEVEL_PLACES, ROUND_FLOOR)


def hours(seconds: Decimal) -> str:
    return f"{rounded(seconds / 3_600, 1)} h"


def kilometres(metres: Decimal) -> str:
    return f"{rounded(metres / 1_000, 1)} km"


def share(part: Decimal) -> str:
    """``12.5 %`` of a share from 0 to 1."""
    return f"{rounded(100 * part, 1)} %"


def counted(number: int, thing: str, things: str = "") -> str:
    """``1 flight``, ``1,200 flights``; ``things`` where the plural is no ``s``."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def risk(average: Decimal | None) -> str:
    return NOT_ASSESSED if average is None else rounded(average, 2)


def type_name(aircraft_type: str) -> str:
    """``Not known`` without the form's explanation of it."""
    if aircraft_type == AircraftType.UNKNOWN:
        return "Type not known"
    return str(AircraftType(aircraft_type).label)


def component_name(component: str) -> str:
    known = {"gps": "GPS"}
    return known.get(component, component.replace("_", " ").capitalize())


def day_name(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def days_name(start: date, last: date) -> str:
    """``4 to 10 May 2026``, with month and year as often as they change."""
    if start == last:
        return f"{start:%a} {day_name(start)}"
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day} to {day_name(last)}"
    if start.year == last.year:
        return f"{start.day} {start:%b} to {day_name(last)}"
    return f"{day_name(start)} to {day_name(last)}"


def change(comparison: Comparison, places: int = 0, unit: str = "") -> str:
    """``+3 (+25 %)``; empty where the figure itself is not known."""
    difference = comparison.difference
    if difference is None:
        return "" if comparison.now is None else "not known before"
    if not comparison.before:
        return "none before" if difference else "none before either"
    if not difference:
        return "no change"
    relative = comparison.relative
    percent = "" if relative is None else f" ({_percent(100 * relative)})"
    return f"{_signed(difference, places)}{unit}{percent}"


def change_on(comparison: Comparison, against: str, places: int = 0, unit: str = "") -> str:
    """``+3 (+25 %) on the 30 days before``."""
    told = change(comparison, places, unit)
    if told.startswith(("none", "not known")):
        return told.replace("before", f"in {against}", 1)
    return f"{told} on {against}" if told else ""


def _percent(number: Decimal) -> str:
    """A tenth only where it matters."""
    return f"{_signed(number, 0 if abs(number) >= 10 else 1)} %"


def _signed(number: Decimal, places: int) -> str:
    text = rounded(number, places)
    return f"+{text}" if number > 0 else text
