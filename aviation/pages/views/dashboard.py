"""The first page of an organization."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.requests import in_organization
from accounts.roles import Action, Resource
from aviation.pages import reads


@requires(Action.VIEW, Resource.ORGANIZATION)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    membership = in_organization(request).membership
    return render(request, "flights/dashboard.html", reads.dashboard(membership, timezone.now()))
