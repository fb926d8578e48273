"""Pages by which platform staff enter an organization and leave it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.sessions.recent import requires_recent_proof
from accounts.visits.current import is_platform_staff
from accounts.visits.forms import VisitForm
from accounts.visits.services import VISIT_LASTS, begin_visit, leave_visits
from aviation.common.errors import DomainError
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization

View = Callable[..., HttpResponseBase]


def platform_staff_only(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_platform_staff(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)


@platform_staff_only
@requires_recent_proof
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    organization = _open_organization(slug)
    form = VisitForm(request.POST or None)
    if form.is_valid():
        try:
            visit = begin_visit(user=request.user, slug=slug, **form.cleaned_data)  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(visit.organization)
    context = {"form": form, "place": organization, "hours": VISIT_LASTS.seconds // 3_600}
    status = 422 if form.is_bound else 200
    return render(request, "accounts/visits/enter.html", context, status=status)


@login_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Also for those who are platform staff no more: leaving is always possible."""
    left = leave_visits(user=request.user, slug=request.POST.get("slug", ""))  # type: ignore[arg-type]
    if left:
        messages.success(request, "You have left. The organization sees when.")
    if not is_platform_staff(request.user):
        return redirect("organizations")
    return HttpResponseRedirect("/admin/tenants/organization/")


def _open_organization(slug: str) -> Organization:
    with platform_context(), transaction.atomic():
        active = Organization.objects.filter(slug=slug, status=OrganizationStatus.ACTIVE)
        organization = active.first()
    if organization is None:
        raise Http404
    return organization
