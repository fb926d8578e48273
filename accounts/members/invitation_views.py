"""What the mailed link opens. A link that no longer works looks the same whatever became of it."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.members.accepting import (
    accept_as,
    accept_as_new_person,
    find_invitation,
    has_account,
)
from accounts.members.forms import JoinForm
from accounts.models import Invitation, Membership, User
from accounts.signing_in.completing import complete_sign_in
from aviation.common.errors import Conflict, NotFound


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Joining, for the invited person: signed in, about to sign in, or new here."""
    try:
        return _page(request, find_invitation(token))
    except NotFound:
        return render(request, "accounts/members/invitation_gone.html", status=HTTPStatus.NOT_FOUND)


def _page(request: HttpRequest, found: Invitation) -> HttpResponse:
    if request.user.is_authenticated:
        return _signed_in(request, found, request.user)
    if has_account(found):
        way = f"/sign-in/?{urlencode({'next': request.path})}"
        context = {"invitation": found, "sign_in": way}
        return render(request, "accounts/members/invitation_sign_in.html", context)
    return _new_person(request, found)


def _signed_in(request: HttpRequest, found: Invitation, user: User) -> HttpResponse:
    if user.email != found.email:
        return render(request, "accounts/members/invitation_for_other.html", {"invitation": found})
    if request.method != "POST":
        return render(request, "accounts/members/invitation_accept.html", {"invitation": found})
    try:
        membership = accept_as(user=user, invitation=found)
    except Conflict as error:
        messages.info(request, error.message)
        return redirect(found.organization)
    return _welcome(request, membership)


def _new_person(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None, email=found.email)
    if request.method != "POST" or not form.is_valid():
        context = {"invitation": found, "form": form}
        return render(request, "accounts/members/invitation_new.html", context)
    try:
        membership = accept_as_new_person(invitation=found, **form.cleaned_data)
    except Conflict:
        return redirect(request.path)
    complete_sign_in(request, membership.user)
    return _welcome(request, membership)


def _welcome(request: HttpRequest, membership: Membership) -> HttpResponse:
    messages.success(request, f"Welcome to {membership.organization.name}.")
    return redirect(membership.organization)
