"""The dashboards with the fleet's figures."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.access import requires
from accounts.requests import in_organization
from accounts.roles import Action, Resource
from analytics.calculations.spans import Step
from analytics.reading.standing import standing
from aviation.pages.dashboards.activity import activity_page
from aviation.pages.dashboards.freshness import refresh_by_hand
from aviation.pages.dashboards.maintenance import maintenance_page
from aviation.pages.dashboards.overview import overview_page
from aviation.pages.dashboards.periods import Chosen, PeriodForm
from aviation.pages.dashboards.risk import risk_page
from aviation.pages.dashboards.utilisation import utilisation_page


@requires(Action.VIEW, Resource.ANALYTICS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    chosen, context = _begin(request)
    page = overview_page(in_organization(request).membership, chosen, timezone.now())
    return render(request, "analytics/overview.html", context | page)


@requires(Action.VIEW, Resource.ANALYTICS)
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    chosen, context = _begin(request)
    asked = request.GET.get("by", "")
    step = Step(asked) if asked in list(Step) else None
    membership = in_organization(request).membership
    page = activity_page(membership, chosen, step, timezone.now())
    return render(request, "analytics/activity.html", context | page)


@requires(Action.VIEW, Resource.ANALYTICS)
@require_safe
def utilisation(request: HttpRequest) -> HttpResponse:
    chosen, context = _begin(request)
    page = utilisation_page(in_organization(request).membership, chosen)
    return render(request, "analytics/utilisation.html", context | page)


@requires(Action.VIEW, Resource.ANALYTICS)
@require_safe
def risk(request: HttpRequest) -> HttpResponse:
    chosen, context = _begin(request)
    page = risk_page(in_organization(request).membership, chosen)
    return render(request, "analytics/risk.html", context | page)


@requires(Action.VIEW, Resource.ANALYTICS)
@require_safe
def maintenance(request: HttpRequest) -> HttpResponse:
    """As of today, whatever the period: wear looks back 30 days from now."""
    _, context = _begin(request)
    return render(request, "analytics/maintenance.html", context | maintenance_page(timezone.now()))


@requires(Action.CHANGE, Resource.ANALYTICS)
@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    is_new, words = refresh_by_hand(timezone.now())
    messages.add_message(request, messages.SUCCESS if is_new else messages.WARNING, words)
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, None) and back.startswith("/")
    return redirect(back if is_ours else "analytics")


def _begin(request: HttpRequest) -> tuple[Chosen, dict[str, Any]]:
    """What stands above each dashboard: the period, and how old its figures are."""
    now = timezone.now()
    organization = in_organization(request).organization
    form = PeriodForm(request.GET, at=now, zone=organization.zone)
    chosen = form.chosen()
    may_refresh = in_organization(request).membership.may(Action.CHANGE, Resource.ANALYTICS)
    return chosen, {
        "period_form": form,
        "chosen": chosen,
        "standing": standing(now),
        "may_refresh": may_refresh,
    }
