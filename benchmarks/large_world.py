"""Organizations with telemetry, a year of flights, analyses, findings and fresh figures.

As large as the environment says; the size that is told of is 100 organizations, 200,000 flights
and 50,000,000 points. What a run finds it does not make again.
"""

from __future__ import annotations

import os
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING

from benchmarks.fleets import fill

if TYPE_CHECKING:
    from aviation.tenants.models import Organization

ORGANIZATIONS = int(os.environ.get("DBX_BENCH_ORGANIZATIONS", "10"))
FLIGHTS = int(os.environ.get("DBX_BENCH_FLIGHTS", "20000"))
POINTS = int(os.environ.get("DBX_BENCH_POINTS", "3600000"))
"""Flights and points are those of all organizations together."""
PREFIX, ZONE = "bench-load", "Europe/Zurich"
AIRCRAFT, AIRCRAFT_OF_FIRST = 20, 300
ASKED = 40
"""So many of the organizations in turn: a connection serves 50 before it is made anew."""


def size() -> str:
    return f"{POINTS:,} points and {FLIGHTS:,} flights in {ORGANIZATIONS} organizations"


@cache
def places() -> list[Organization]:
    """The organizations; the first has the fleet of 300 aircraft."""
    from django.core.management import call_command

    for number in range(1, ORGANIZATIONS + 1):
        _open(f"{PREFIX}-{number:03d}")
    call_command(
        "generate_telemetry",
        organizations=ORGANIZATIONS,
        points=POINTS,
        prefix=PREFIX,
        stdout=StringIO(),
    )
    organizations = _standing()
    for organization in organizations:
        _fill(organization)
    return organizations


def _standing(**only: str) -> list[Organization]:
    from django.db import transaction

    from aviation.tenants.context import platform_context
    from aviation.tenants.models import Organization

    with platform_context(), transaction.atomic():
        found = Organization.objects.filter(slug__startswith=f"{PREFIX}-", **only)
        return list(found.order_by("slug"))


def _open(slug: str) -> None:
    from aviation.tenants.services import open_organization

    if not _standing(slug=slug):
        open_organization(slug=slug, name=slug, time_zone=ZONE)


def _fill(organization: Organization) -> None:
    """Flights beside those with telemetry, each with an analysis, unless it has them."""
    from django.db import transaction
    from django.utils import timezone

    from analytics.refreshing import refresh_figures
    from aviation.mlresults.models import Analysis
    from aviation.tenants.context import tenant_context

    with tenant_context(organization), transaction.atomic():
        is_filled = Analysis.objects.exists()
    if is_filled:
        return
    is_first = organization.slug == f"{PREFIX}-001"
    aircraft = AIRCRAFT_OF_FIRST if is_first else AIRCRAFT
    fill(organization, flights=FLIGHTS // ORGANIZATIONS, aircraft=aircraft)
    with tenant_context(organization):
        assert refresh_figures(at=timezone.now()) == "refreshed"
