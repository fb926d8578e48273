"""Pages: the person's signed-in devices, and proving again who one is."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.second_step.services import has_second_step, verify_second_step
from accounts.sessions.devices import browsers_of, programs_of
from accounts.sessions.ending import end_everything, end_session
from accounts.sessions.forms import ConfirmForm
from accounts.sessions.recent import has_recent_proof, note_proof, requires_recent_proof
from accounts.signing_in.passwords import SignInRefused, prove_password
from accounts.tokens.families import families_of, revoke_family
from aviation.common.errors import TooMany


@login_required
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    context = {"browsers": browsers_of(request, person), "programs": list(programs_of(person))}
    return render(request, "accounts/sessions/devices.html", context)


@login_required
@require_POST
def end_browser(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    if end_session(_person(request), public_id):
        messages.success(request, "That browser is signed out.")
    return redirect("devices")


@login_required
@require_POST
def end_program(request: HttpRequest, family_id: uuid.UUID) -> HttpResponse:
    mine = (each for each in families_of(_person(request).pk) if each.pk == family_id)
    family = next(mine, None)
    if family is not None and revoke_family(family, because="by_person"):
        messages.success(request, "That program is signed out.")
    return redirect("devices")


@login_required
@require_POST
@requires_recent_proof
def end_others(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    end_everything(person, because="asked_for", keep_session=request.session.session_key)
    update_session_auth_hash(request, person)
    messages.success(request, "All other browsers and programs are signed out.")
    return redirect("devices")


@sensitive_post_parameters("password", "code")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the password again, and for a code; then on to where the person was going."""
    target = _target(request)
    if request.method != "POST" and has_recent_proof(request):
        return HttpResponseRedirect(target)
    asks_code = has_second_step(_person(request))
    form = ConfirmForm(request.POST or None, asks_code=asks_code)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    if form.is_valid():
        try:
            if _proves(request, form):
                request.session.cycle_key()
                note_proof(request)
                return HttpResponseRedirect(target)
        except TooMany as error:
            form.add_error(None, error.message)
            status = HTTPStatus.TOO_MANY_REQUESTS
    context = {"form": form, "next": target}
    return render(request, "accounts/sessions/confirm.html", context, status=status)


def _proves(request: HttpRequest, form: ConfirmForm) -> bool:
    """Whether both are right; else the form says which is not. Raises TooMany."""
    person = _person(request)
    try:
        proved = prove_password(request, email=person.email, password=form.cleaned_data["password"])
    except SignInRefused:
        form.add_error("password", "This is not your password.")
        return False
    if proved.pk != person.pk:
        return False
    if "code" in form.fields and not verify_second_step(person, form.cleaned_data["code"]):
        form.add_error("code", "This code is not valid, or was used before.")
        return False
    return True


def _target(request: HttpRequest) -> str:
    """Where to go on, on this site and nowhere else."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/"


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
