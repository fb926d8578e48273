"""A person's own second step: its state, setting it up, new recovery codes, removing it.

Recovery codes are in the answer to the form that made them and nowhere else: to open that page
again shows none.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.memberships import memberships_of
from accounts.models import TotpDevice, User
from accounts.second_step import pending, recovery_codes, totp
from accounts.second_step.drawing import qr_code
from accounts.second_step.forms import FirstCodeForm
from accounts.second_step.services import (
    codes_left,
    confirm_second_step,
    has_second_step,
    needs_second_step,
    remove_second_step,
    renew_recovery_codes,
)
from accounts.sessions.recent import requires_recent_proof
from aviation.common.errors import DomainError, Rejected

PAGES = "accounts/second_step"


@never_cache
@login_required
@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Whether there is a second step, and what can be done about it."""
    user = _person(request)
    left = codes_left(user)
    context = {
        "app": TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).first(),
        "is_needed": needs_second_step(user, memberships_of(request)),
        "codes_left": left,
        "codes_made": recovery_codes.CODES,
        "has_few_codes": left <= recovery_codes.FEW_LEFT,
    }
    return render(request, f"{PAGES}/state.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@requires_recent_proof
def set_up(request: HttpRequest) -> HttpResponse:
    """The QR code and the first code; then the recovery codes, once."""
    user = _person(request)
    if request.method != "POST":
        return _show_set_up(request, pending.begin(request.session, user), FirstCodeForm())
    secret = pending.waiting(request.session, user)
    if secret is None:
        return _already_done(request)
    form = FirstCodeForm(request.POST)
    if form.is_valid():
        try:
            codes = confirm_second_step(
                user, secret, form.cleaned_data["code"], keep_session=request.session.session_key
            )
        except Rejected as error:
            form.add_error("code", error.message)
        else:
            pending.forget(request.session)
            update_session_auth_hash(request, user)
            return _show_codes(request, codes, is_first=True)
    return _show_set_up(request, secret, form)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@requires_recent_proof
def new_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes in place of those there are."""
    user = _person(request)
    if request.method != "POST":
        return _ask(request, "new_codes.html")
    try:
        codes = renew_recovery_codes(user)
    except DomainError as error:
        return _refused(request, error)
    return _show_codes(request, codes, is_first=False)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@requires_recent_proof
def remove(request: HttpRequest) -> HttpResponse:
    """Back to the password alone, for those whose role leaves them the choice."""
    user = _person(request)
    if request.method != "POST":
        return _ask(request, "remove.html")
    try:
        remove_second_step(user, keep_session=request.session.session_key)
    except DomainError as error:
        return _refused(request, error)
    update_session_auth_hash(request, user)
    messages.success(request, "Your second step is removed.")
    return redirect("second-step")


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _show_set_up(request: HttpRequest, secret: bytes, form: FirstCodeForm) -> HttpResponse:
    user = _person(request)
    uri = totp.setup_uri(secret, user.email)
    context = {
        "form": form,
        "qr_code": qr_code(uri),
        "setup_uri": uri,
        "secret": recovery_codes.in_groups(totp.secret_text(secret)),
        "is_replacing": has_second_step(user),
        "is_needed": needs_second_step(user, memberships_of(request)),
    }
    return render(request, f"{PAGES}/set_up.html", context)


def _show_codes(request: HttpRequest, codes: list[str], *, is_first: bool) -> HttpResponse:
    text = "\n".join([f"Recovery codes of {_person(request).email}, each good once:", *codes, ""])
    context: dict[str, Any] = {
        "codes": codes,
        "is_first": is_first,
        "as_file": f"data:text/plain;charset=utf-8,{quote(text)}",
    }
    return render(request, f"{PAGES}/codes.html", context)


def _ask(request: HttpRequest, template: str) -> HttpResponse:
    user = _person(request)
    if not has_second_step(user):
        return redirect("second-step")
    context = {"is_needed": needs_second_step(user, memberships_of(request))}
    return render(request, f"{PAGES}/{template}", context)


def _already_done(request: HttpRequest) -> HttpResponse:
    """The form was sent twice, or the session is another one by now."""
    messages.info(request, "That page was out of date. This is how your second step stands.")
    return redirect("second-step")


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    messages.error(request, error.message)
    return redirect("second-step")
