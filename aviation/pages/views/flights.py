"""The list of flights and the page of one flight."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import requires
from accounts.requests import in_organization
from accounts.roles import Action, Resource
from aviation.caching.reading import cached
from aviation.common.errors import DomainError
from aviation.flights.deleting import cautions, consequences, delete_flight
from aviation.flights.models import FlightSession
from aviation.mlresults.models import Analysis
from aviation.pages.filters import FlightFilter, ordered
from aviation.pages.narrowing import narrowing_errors, narrowings
from aviation.pages.reads import flights_with_risk
from aviation.pages.streams import is_unfinished, recording_context, stream_context
from aviation.telemetry.delivery import overview_response

PAGE_ROWS = 50


@requires(Action.VIEW, Resource.FLIGHT)
@require_safe
def flight_list(request: HttpRequest) -> HttpResponse:
    membership = in_organization(request).membership
    found = FlightFilter(request.GET, flights_with_risk(membership), membership=membership)
    page = Paginator(ordered(found.qs, request.GET.get("ordering", "")), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    context = {
        "page_obj": page,
        "filter": found,
        "count": page.paginator.count,
        "finding_count": found.finding_count(),
        "narrowings": narrowings(found, request.GET, membership),
        "narrowing_errors": narrowing_errors(found),
    }
    response = render(request, "flights/flight_list.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Action.VIEW, Resource.FLIGHT)
@require_safe
def flight_detail(request: HttpRequest, flight_id: uuid.UUID) -> HttpResponse:
    membership = in_organization(request).membership
    flights = FlightSession.objects.visible_to(membership)
    flight = get_object_or_404(flights.select_related("aircraft", "pilot__user"), pk=flight_id)
    log = flight.logs.order_by("created_at").first()
    assessment = cached("flight_analysis", f"assessment/{flight.pk}", lambda: _assessment(flight))
    context = {
        "flight": flight,
        "log": log,
        "raw_log_url": reverse("raw-log", kwargs={"log_id": log.pk}) if log else "",
        "telemetry_url": f"{reverse('dashboard')}api/v1/flights/{flight.pk}/telemetry/",
        "may_delete": membership.may(Action.DELETE, Resource.FLIGHT),
        **recording_context(flight),
        **stream_context(flight, timezone.now()),
        **assessment,
    }
    return render(request, "flights/flight_detail.html", context)


@requires(Action.VIEW, Resource.FLIGHT)
@require_safe
def flight_stream(request: HttpRequest, flight_id: uuid.UUID) -> HttpResponse:
    """The part of a streamed flight's page that asks for itself again until there are charts."""
    flights = FlightSession.objects.visible_to(in_organization(request).membership)
    flight = get_object_or_404(flights.select_related("aircraft"), pk=flight_id)
    context = {"flight": flight, **stream_context(flight, timezone.now())}
    if not request.headers.get("HX-Request"):
        return redirect(flight)
    if not is_unfinished(context):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "flights/_stream.html", context)


def _assessment(flight: FlightSession) -> dict[str, Any]:
    """What the flight's active analysis says, for whoever may see the flight."""
    analysis = Analysis.objects.active().filter(session=flight).first()
    if analysis is None:
        return {"analysis": None, "findings": [], "passed": [], "not_assessed": []}
    return {
        "analysis": analysis,
        "findings": list(analysis.findings.order_by("position")),
        "passed": [{"title": each["title"], "reason": each["text"]} for each in analysis.passed],
        "not_assessed": analysis.not_assessed,
    }


@requires(Action.DELETE, Resource.FLIGHT)
@require_http_methods(["GET", "HEAD", "POST"])
def flight_delete(request: HttpRequest, flight_id: uuid.UUID) -> HttpResponse:
    """First names what would go, then does it."""
    membership = in_organization(request).membership
    flights = FlightSession.objects.visible_to(membership).select_related("aircraft")
    flight = get_object_or_404(flights, pk=flight_id)
    if request.method != "POST":
        context = {
            "flight": flight,
            "cautions": cautions(flight),
            "consequences": consequences(flight),
        }
        return render(request, "flights/flight_delete.html", context)
    try:
        delete_flight(flight=flight, membership=membership)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(flight)
    messages.success(request, f"{flight} was deleted.")
    return redirect("flight-list")


@requires(Action.VIEW, Resource.TELEMETRY)
@require_safe
def flight_charts(request: HttpRequest, flight_id: uuid.UUID) -> HttpResponse:
    """The stored chart document, sent as it is."""
    flights = FlightSession.objects.visible_to(in_organization(request).membership)
    flight = get_object_or_404(flights, pk=flight_id)
    return overview_response(request, flight)
