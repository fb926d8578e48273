"""What is asked of a signed-in browser before any page: that its session still holds.

An ordinary request pays nothing for it: the session's row and the person's memberships are read
anyway. Once a minute one UPDATE notes that the session was seen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts.memberships import memberships_of
from accounts.models import UserSession
from accounts.origins import client_address
from accounts.second_step.services import has_second_step, needs_second_step
from accounts.sessions.lifetimes import lifetime_of
from aviation.common.problems import problem_json, wants_json

SEEN_EVERY = timedelta(minutes=1)
LEFT_ALONE = ("/sign-out/", "/api/v1/auth/")
"""Leaving is always possible, and programs sign in whichever session a browser holds."""
OPEN_TO_STRANGERS = ("/sign-in/", "/password-reset/", "/invitation/")
WITHOUT_SECOND_STEP = ("/account/second-step", "/account/confirm/")
SET_UP_AT = "second_step_set_up_at"
"""The credential epoch at which a second step was found: taking it away counts that up."""


def check_session(request: HttpRequest) -> HttpResponseBase | None:
    """The answer that takes the place of the page, or None when the session is in order."""
    if request.path_info.startswith(LEFT_ALONE):
        return None
    row: UserSession | None = getattr(request.session, "row", None)
    if row is None:
        return None
    now = timezone.now()
    person: Any = request.user
    if lifetime_of(person, memberships_of(request)).is_over(row, now):
        return _expired(request)
    if now - row.last_seen_at >= SEEN_EVERY:
        _note_seen(request, row, now)
    if _second_step_is_due(request):
        return _second_step_first(request)
    return None


def _expired(request: HttpRequest) -> HttpResponseBase:
    request.session.flush()
    if wants_json(request):
        return problem_json(401, "session_expired", "Your session has expired. Sign in again.")
    messages.info(request, "You were signed out, as your session has expired. Sign in again.")
    if request.path_info.startswith(OPEN_TO_STRANGERS):
        return _lead(request, request.get_full_path())
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    return _lead(request, redirect_to_login(back, settings.LOGIN_URL).url)


def _note_seen(request: HttpRequest, row: UserSession, now: datetime) -> None:
    """Of several requests at once one writes."""
    unseen = UserSession.objects.filter(pk=row.pk, last_seen_at__lte=now - SEEN_EVERY)
    unseen.update(last_seen_at=now, last_address=client_address(request) or row.last_address)


def _second_step_is_due(request: HttpRequest) -> bool:
    """Asked of the database until it is set up, and not again in this session."""
    if request.path_info.startswith(WITHOUT_SECOND_STEP):
        return False
    person: Any = request.user
    if not needs_second_step(person, memberships_of(request)):
        return False
    if request.session.get(SET_UP_AT) == person.credential_epoch:
        return False
    if not has_second_step(person):
        return True
    request.session[SET_UP_AT] = person.credential_epoch
    return False


def _second_step_first(request: HttpRequest) -> HttpResponseBase:
    if wants_json(request):
        return problem_json(
            403, "second_step_required", "Your role needs a second step. Set it up on the site."
        )
    return _lead(request, reverse("second-step-set-up"))


def _lead(request: HttpRequest, target: str) -> HttpResponseBase:
    """To another page: the whole browser, also where only a part of a page was asked for."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)
