"""What the list of flights is narrowed to beyond the fields of its form, in words.

A number on a dashboard brings such narrowings along. Each is named above the list, and can be
taken off again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from accounts.models import Membership
from aviation.pages.filters import FlightFilter

IN_THE_FORM = frozenset({"q", "aircraft", "state", "risk_level", "started_after", "started_before"})
PHRASES = {
    "counted": "flights that were flown and have ended",
    "timed": "flights whose time in the air is known",
    "no_pilot": "flights without a named pilot",
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """``name`` and ``value`` as in the address, kept when the form is sent."""

    name: str
    value: str
    words: str
    without: str
    """The query string of the same list without it."""


def narrowings(found: FlightFilter, query: QueryDict, membership: Membership) -> list[Narrowing]:
    """Those in use, in the order of the filter's fields."""
    return [
        Narrowing(name, str(value), _words(found, name, value, membership), _without(query, name))
        for name, value in found.chosen.items()
        if name not in IN_THE_FORM
    ]


def narrowing_errors(found: FlightFilter) -> list[str]:
    """What is wrong with fields that the form does not show: it has no place to tell it."""
    return [
        f"{found.form.fields[name].label}: {error}"
        for name, errors in found.form.errors.items()
        for error in errors
        if name not in IN_THE_FORM
    ]


def _without(query: QueryDict, name: str) -> str:
    kept = query.copy()
    for each in (name, "page"):
        kept.pop(each, None)
    return f"?{kept.urlencode()}"


def _words(found: FlightFilter, name: str, value: Any, membership: Membership) -> str:
    if name in PHRASES:
        return PHRASES[name]
    field = found.form.fields[name]
    if name == "pilot":
        return f"{field.label}: {_name_of(value, membership)}"
    return f"{field.label}: {dict(field.choices).get(value, value)}"


def _name_of(member_id: Any, membership: Membership) -> str:
    of_organization = Membership.objects.filter(organization=membership.organization_id)
    member = of_organization.select_related("user").filter(pk=member_id).first()
    return str(member) if member else "somebody who is no member"
