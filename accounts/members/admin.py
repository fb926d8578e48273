"""Members and invitations in the fleet admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from accounts.admin_site import fleet_admin
from accounts.members.services import change_role, roles_to_give
from accounts.model_admin import Counted, OrganizationModelAdmin, membership_of
from accounts.models import Invitation, Membership
from accounts.roles import Action, Resource
from accounts.sessions.recent import ask_for_proof, has_recent_proof


@admin.register(Membership, site=fleet_admin)
class MembershipAdmin(OrganizationModelAdmin):
    """Who belongs to the organization, and as what. New members come by invitation."""

    resource = Resource.MEMBER
    place = 50
    icon = "group"
    title = "Members"
    counted = (Counted("Members", {"ended_at__isnull": True}),)
    list_select_related = ("user",)
    list_display = ("person", "email", "role", "created_at", "ended_at")
    list_filter = ("role",)
    search_fields = ("user__full_name", "user__email")
    ordering = ("user__full_name", "user__email")
    fields = ("person", "email", "role", "created_at", "ended_at")
    readonly_fields = ("person", "email", "created_at", "ended_at")
    actions = ("end",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        has_left = obj is not None and obj.ended_at is not None
        return self.may(request, Action.CHANGE) and not has_left

    def visible_to(self, membership: Membership) -> models.QuerySet[Any]:
        """By organization: in the database a person also sees their memberships elsewhere."""
        return Membership.objects.filter(organization=membership.organization)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        match = request.resolver_match
        if match is not None and match.url_name == "autocomplete":
            queryset = queryset.filter(ended_at=None)
        return super().get_search_results(request, queryset, search_term)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Asking comes before the proof: who may not change members is refused either way."""
        wants_change = request.method == "POST" and self.may(request, Action.CHANGE)
        if wants_change and not has_recent_proof(request):
            return ask_for_proof(request)
        return super().changeform_view(request, *args, **kwargs)

    def formfield_for_choice_field(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs["choices"] = roles_to_give(membership_of(request))
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if "role" in form.changed_data:
            change_role(actor=membership_of(request), member=obj, role=form.cleaned_data["role"])

    @admin.action(description="End membership", permissions=["change"])
    def end(
        self, request: HttpRequest, chosen: models.QuerySet[Membership]
    ) -> HttpResponseBase | None:
        """Leads to the page that says what it means and asks for confirmation."""
        if len(chosen) != 1:
            self.message_user(request, "Choose one member at a time.", messages.ERROR)
            return None
        return redirect("member-end", member_id=chosen[0].pk)

    @admin.display(ordering="user__full_name")
    def person(self, member: Membership) -> str:
        return member.user.get_full_name()

    @admin.display(ordering="user__email")
    def email(self, member: Membership) -> str:
        return member.user.email


@admin.register(Invitation, site=fleet_admin)
class InvitationAdmin(OrganizationModelAdmin):
    """Who was asked to join, by whom, and what became of it."""

    resource = Resource.MEMBER
    is_machine_owned = True
    place = 55
    icon = "mail"
    title = "Invitations"
    list_select_related = ("invited_by",)
    list_display = (
        "email",
        "role",
        "invited_by",
        "created_at",
        "expires_at",
        "accepted_at",
        "withdrawn_at",
    )
    list_filter = ("role",)
    search_fields = ("email",)
    ordering = ("-created_at",)
    fields = list_display
    readonly_fields = fields

    def visible_to(self, membership: Membership) -> models.QuerySet[Any]:
        return Invitation.objects.filter(organization=membership.organization)
