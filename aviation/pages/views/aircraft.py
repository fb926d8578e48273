"""The fleet and the page of one aircraft."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.models import Membership
from accounts.requests import in_organization
from accounts.roles import Action, Resource
from analytics.querysets import may_see_figures
from analytics.reading.wear import wear_of
from analytics.reading.wear_drift import drift_of
from aviation.pages.dashboards.maintenance import shown_level, wear_row
from aviation.pages.reads import fleet_with_figures, flights_with_risk, with_hours

SHOWN_FLIGHTS = 50


@requires(Action.VIEW, Resource.AIRCRAFT)
@require_safe
def aircraft_list(request: HttpRequest) -> HttpResponse:
    membership = in_organization(request).membership
    fleet = with_hours(fleet_with_figures(membership))
    context = {"aircraft_list": fleet, "today": _today(membership)}
    return render(request, "fleet/aircraft_list.html", context)


@requires(Action.VIEW, Resource.AIRCRAFT)
@require_safe
def aircraft_detail(request: HttpRequest, aircraft_id: uuid.UUID) -> HttpResponse:
    membership = in_organization(request).membership
    aircraft = get_object_or_404(fleet_with_figures(membership), pk=aircraft_id)
    flights = flights_with_risk(membership).filter(aircraft=aircraft).newest_first()
    context = {
        "aircraft": aircraft,
        "flights": list(flights[:SHOWN_FLIGHTS]),
        "today": _today(membership),
        "wear": _wear(membership, aircraft_id),
    }
    with_hours([aircraft])
    return render(request, "fleet/aircraft_detail.html", context)


def _wear(membership: Membership, aircraft_id: uuid.UUID) -> dict[str, Any] | None:
    """Both wear scores, for those who see figures about everybody's flights."""
    at = timezone.now()
    standing = wear_of(aircraft_id, at) if may_see_figures(membership) else None
    if standing is None:
        return None
    drift = drift_of(standing, at)
    return {
        "row": wear_row(standing),
        "drift": drift,
        "drift_level": shown_level(drift.level, is_assessed=drift.is_assessed),
        "weights_version": standing.weights_version,
    }


def _today(membership: Membership) -> date:
    """The day in the organization's own time zone."""
    return timezone.localdate(timezone=membership.organization.zone)
