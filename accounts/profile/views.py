"""A person's own page: name, e-mail address, password."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.memberships import memberships_of
from accounts.models import User
from accounts.profile import services
from accounts.profile.email_links import read_token
from accounts.profile.forms import EmailForm, NameForm, PasswordForm
from accounts.second_step.services import has_second_step
from accounts.sessions.recent import note_proof, requires_recent_proof
from accounts.signing_in.attempts import Allowance, spend
from accounts.signing_in.passwords import SignInRefused, prove_password
from accounts.signing_in.reset import change_password
from accounts.signing_in.verification import send_verification
from aviation.common.errors import DomainError, NotFound, TooMany

VERIFICATIONS = Allowance("verification_mail", burst=3, refill_s=600)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    form = NameForm(request.POST or None, initial={"full_name": user.full_name})
    if request.method == "POST" and form.is_valid():
        services.rename_person(user=user, full_name=form.cleaned_data["full_name"])
        messages.success(request, "Your name is saved.")
        return redirect("profile")
    context = {
        "form": form,
        "has_second_step": has_second_step(user),
        "own_memberships": memberships_of(request),
    }
    return render(request, "accounts/profile/profile.html", context)


@login_required
@requires_recent_proof
@require_http_methods(["GET", "HEAD", "POST"])
def email_change(request: HttpRequest) -> HttpResponse:
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            services.ask_for_email_change(user=_person(request), email=email)
        except DomainError as error:
            form.add_error("email", error.message)
        else:
            return render(request, "accounts/profile/email_sent.html", {"email": email})
    return render(request, "accounts/profile/email.html", {"form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link. Opening it changes nothing: mail programs open links ahead of people."""
    change = read_token(token)
    try:
        if change is None:
            raise NotFound(services.LINK_NO_LONGER)
        if request.method != "POST":
            return render(request, "accounts/profile/email_confirm.html", {"change": change})
        services.confirm_email_change(change)
    except NotFound:
        return render(request, "accounts/profile/email_gone.html", status=HTTPStatus.NOT_FOUND)
    return render(request, "accounts/profile/email_changed.html", {"change": change})


@login_required
@require_POST
def verification_send(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    try:
        spend(VERIFICATIONS, str(user.pk))
    except TooMany as error:
        messages.error(request, error.message)
        return redirect("profile")
    if user.email_verified_at is None:
        send_verification(user)
    messages.success(request, f"A mail is on its way to {user.email}.")
    return redirect("profile")


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password_change(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    form = PasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid() and _knows_password(request, form, user):
        kept = request.session.session_key
        change_password(user, password=form.cleaned_data["new"], keep_session=kept)
        update_session_auth_hash(request, user)
        note_proof(request)
        messages.success(request, "Your password is changed. Other devices are signed out.")
        return redirect("profile")
    return render(request, "accounts/profile/password.html", {"form": form})


def _knows_password(request: HttpRequest, form: PasswordForm, user: User) -> bool:
    """Asked under the same limits as signing in: an open browser is no place to guess."""
    try:
        prove_password(request, email=user.email, password=form.cleaned_data["old"])
    except SignInRefused:
        form.add_error("old", "This is not your password.")
    except TooMany as error:
        form.add_error(None, error.message)
    return form.is_valid()


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
