"""The executive summary: page, CSV, PDF, and getting it by mail."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.access import requires
from accounts.mail import has_mail_server
from accounts.requests import OrganizationRequest, in_organization
from accounts.roles import Action, Resource
from analytics.calculations.executive import Summary
from analytics.calculations.rhythms import next_due_at
from analytics.choices import Rhythm
from analytics.models import SummarySubscription
from analytics.reading.executive import MONTHS, executive_summary
from analytics.reading.standing import Standing, standing
from analytics.reports import csv_file, pdf_file
from analytics.reports.about import About, file_name, local_time
from analytics.reports.subscribing import subscribe, unsubscribe
from aviation.common.errors import DomainError
from aviation.pages.dashboards.summary import summary_page

FIRST_MONTH = date(1990, 1, 1)


@requires(Action.VIEW, Resource.ANALYTICS)
@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """``?until=2026-04`` shows the twelve months that end with that one."""
    wanted = request.GET.get("format", "")
    if wanted in ("csv", "pdf"):
        return _file(request, wanted)
    inside, now = in_organization(request), timezone.now()
    found, state = _summary(inside, now), standing(now)
    context = {
        **summary_page(found, _about(inside, state, now)),
        **_neighbours(found, now),
        "until": f"{found.period.last_day:%Y-%m}",
        "standing": state,
        "may_refresh": inside.membership.may(Action.CHANGE, Resource.ANALYTICS),
        "mails": _mails(inside, now),
        "has_mail_server": has_mail_server(),
    }
    return render(request, "analytics/summary.html", context)


@requires(Action.VIEW, Resource.ANALYTICS)
@require_safe
def summary_csv(request: HttpRequest) -> HttpResponse:
    return _file(request, "csv")


@requires(Action.VIEW, Resource.ANALYTICS)
@require_safe
def summary_pdf(request: HttpRequest) -> HttpResponse:
    return _file(request, "pdf")


@requires(Action.VIEW, Resource.ANALYTICS)
@require_POST
def summary_mail(request: HttpRequest) -> HttpResponse:
    """For oneself: ``rhythm``, and ``stop`` to get it no longer."""
    member, rhythm = in_organization(request).membership, request.POST.get("rhythm", "")
    try:
        if "stop" in request.POST:
            for mine in SummarySubscription.objects.filter(member_id=member.pk, rhythm=rhythm):
                unsubscribe(actor=member, subscription=mine)
            messages.success(request, "You will get this mail no longer.")
        else:
            subscribe(actor=member, member=member, rhythm=rhythm, at=timezone.now())
            messages.success(request, f"The summary will come to {member.user.email}.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("analytics-summary")


def _summary(request: OrganizationRequest, now: datetime) -> Summary:
    tz = request.organization.zone
    until = _month(request.GET.get("until", ""))
    at = now if until is None else min(datetime.combine(until, time(12), tz), now)
    return executive_summary(at, tz)


def _month(text: str) -> date | None:
    """The first of the month ``2026-04``; None for what is none, or out of reach."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return first if first >= FIRST_MONTH else None


def _about(request: OrganizationRequest, state: Standing, now: datetime) -> About:
    organization = request.organization
    return About(organization.name, organization.slug, now, state.refreshed_at)


def _neighbours(found: Summary, now: datetime) -> dict[str, str]:
    """The month that the twelve before, and the twelve after, end with; empty where none are."""
    period = found.period
    is_latest = now.astimezone(period.tz).date() in found.months[-1].period
    later = date(period.last_day.year + 1, period.last_day.month, 1)
    earlier = date(period.last_day.year - 1, period.last_day.month, 1)
    return {
        "later": "" if is_latest else f"{later:%Y-%m}",
        "earlier": f"{earlier:%Y-%m}" if earlier >= FIRST_MONTH else "",
        "earlier_name": f"{MONTHS} months before",
        "later_name": f"{MONTHS} months after",
    }


def _mails(request: OrganizationRequest, now: datetime) -> list[dict[str, Any]]:
    """Each rhythm with whether the member gets it; nothing for visitors, who are no members."""
    if request.membership.visit is not None:
        return []
    tz = request.organization.zone
    mine = SummarySubscription.objects.filter(member_id=request.membership.pk, is_active=True)
    active = set(mine.values_list("rhythm", flat=True))
    return [
        {
            "rhythm": rhythm,
            "label": label,
            "is_active": rhythm in active,
            "next": local_time(next_due_at(rhythm, now, tz), tz),
        }
        for rhythm, label in Rhythm.choices
    ]


def _file(request: HttpRequest, kind: str) -> HttpResponse:
    inside, now = in_organization(request), timezone.now()
    found, about = _summary(inside, now), _about(inside, standing(now), now)
    if kind == "csv":
        response = HttpResponse(csv_file.summary_csv(found, about), csv_file.CONTENT_TYPE)
    else:
        response = HttpResponse(pdf_file.summary_pdf(found, about), pdf_file.CONTENT_TYPE)
    disposition = content_disposition_header(True, file_name(about, found.period, kind))
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["Cache-Control"] = "private, no-store"
    return response
