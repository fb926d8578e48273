"""The choice of an organization, and the answer to a form without its token."""

from __future__ import annotations

import structlog
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.memberships import memberships_of
from aviation.common.problems import problem_json, wants_json

log = structlog.get_logger("dbx.accounts")


@login_required
def organizations(request: HttpRequest) -> HttpResponse:
    """Straight into the only organization, or the choice of several."""
    memberships = memberships_of(request)
    if len(memberships) == 1 and "choose" not in request.GET:
        return redirect(memberships[0].organization)
    return render(request, "accounts/organizations.html", {"memberships": memberships})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or a request from another site."""
    log.info("csrf refused", reason=reason)
    title = "This form has expired."
    if wants_json(request):
        return problem_json(403, "csrf", title, "Send the CSRF token with the request.")
    return render(request, "403_csrf.html", {"title": title}, status=403)
