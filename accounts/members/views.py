"""The organization's members and invitations: seen by managers, changed by administrators."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.members import inviting, services
from accounts.members.forms import InviteForm, RoleForm
from accounts.members.reads import members_of, unsettled_invitations
from accounts.models import Invitation, Membership
from accounts.requests import in_organization
from accounts.roles import Action, Resource
from accounts.second_step.resetting import reset_for_member
from accounts.sessions.recent import requires_recent_proof
from aviation.common.errors import DomainError

MEMBERS_PER_PAGE = 50


@requires(Action.VIEW, Resource.MEMBER)
@require_safe
def member_list(request: HttpRequest) -> HttpResponse:
    actor = in_organization(request).membership
    search = request.GET.get("q", "")
    members = members_of(actor.organization, search)
    page = Paginator(members, MEMBERS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "search": search,
        "has_search": bool(search) or page.paginator.num_pages > 1,
        "invitations": unsettled_invitations(actor.organization)[:MEMBERS_PER_PAGE],
        "may_invite": actor.may(Action.ADD, Resource.MEMBER),
        "may_change": actor.may(Action.CHANGE, Resource.MEMBER),
    }
    return render(request, "accounts/members/list.html", context)


@requires(Action.ADD, Resource.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    actor = in_organization(request).membership
    form = InviteForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = inviting.invite(actor=actor, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"A mail is on its way to {invitation.email}.")
            return redirect("member-list")
    return render(request, "accounts/members/invite.html", {"form": form})


@requires(Action.ADD, Resource.MEMBER)
@require_POST
def invitation_resend(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    return _on_invitation(
        request, invitation_id, inviting.resend, "A new link is on its way to {}."
    )


@requires(Action.CHANGE, Resource.MEMBER)
@require_POST
def invitation_withdraw(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    return _on_invitation(
        request, invitation_id, inviting.withdraw, "The invitation to {} is withdrawn."
    )


@requires(Action.CHANGE, Resource.MEMBER)
@requires_recent_proof
@require_http_methods(["GET", "HEAD", "POST"])
def member_role(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    actor = in_organization(request).membership
    member = _member(actor, member_id)
    form = RoleForm(request.POST or None, actor=actor, member=member)
    if request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"]
        done = f"{member} is now {dict(form.fields['role'].choices)[role].lower()}."  # type: ignore[attr-defined]
        return _told(
            request, done, lambda: services.change_role(actor=actor, member=member, role=role)
        )
    context = {"form": form, "member": member, "is_self": member.pk == actor.pk}
    return render(request, "accounts/members/role.html", context)


@requires(Action.CHANGE, Resource.MEMBER)
@requires_recent_proof
@require_http_methods(["GET", "HEAD", "POST"])
def member_end(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    actor = in_organization(request).membership
    member = _member(actor, member_id)
    if request.method == "POST":
        done = f"{member} is no longer a member."
        return _told(request, done, lambda: services.end_membership(actor=actor, member=member))
    context = {"member": member, "is_self": member.pk == actor.pk}
    return render(request, "accounts/members/end.html", context)


@requires(Action.CHANGE, Resource.MEMBER)
@requires_recent_proof
@require_http_methods(["GET", "HEAD", "POST"])
def member_second_step(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    actor = in_organization(request).membership
    member = _member(actor, member_id)
    if request.method == "POST":
        done = f"{member} can now set up a second step anew."
        return _told(request, done, lambda: reset_for_member(member, by=actor))
    return render(request, "accounts/members/second_step.html", {"member": member})


def _member(actor: Membership, member_id: uuid.UUID) -> Membership:
    current = members_of(actor.organization)
    return get_object_or_404(current, pk=member_id)


def _on_invitation(
    request: HttpRequest, invitation_id: uuid.UUID, act: Callable[..., Invitation], done: str
) -> HttpResponse:
    actor = in_organization(request).membership
    mine = unsettled_invitations(actor.organization)
    invitation = get_object_or_404(mine, pk=invitation_id)
    return _told(
        request,
        done.format(invitation.email),
        lambda: act(actor=actor, invitation=invitation),
    )


def _told(request: HttpRequest, done: str, act: Callable[[], Any]) -> HttpResponse:
    """Back to the list, with what came of it."""
    try:
        act()
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect("member-list")
