"""Organizations and people in the platform's admin; members are in accounts.members.admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin_site import platform_admin
from accounts.members.admin import InvitationAdmin, MembershipAdmin
from accounts.model_admin import WholeList, link
from accounts.models import Membership, User
from accounts.second_step.resetting import reset_by_platform_staff
from accounts.services import disable_person, enable_person
from accounts.sessions.ending import end_everything
from accounts.sessions.recent import ask_for_proof, has_recent_proof
from aviation.common.admin_lists import NarrowedLists
from aviation.common.errors import DomainError
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.models import Organization
from aviation.tenants.services import resume_organization, suspend_organization
from aviation.tenants.time_zones import known_time_zones

__all__ = ["InvitationAdmin", "MembershipAdmin", "OrganizationAdmin", "PersonAdmin"]


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    extra = 0
    can_delete = False
    hide_title = True
    readonly_fields = ("organization", "user", "role", "created_at", "ended_at")
    fields = readonly_fields
    verbose_name_plural = "memberships"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Membership]:
        found: models.QuerySet[Membership] = super().get_queryset(request)
        return found.select_related("organization", "user")


class PlatformModelAdmin(NarrowedLists, ModelAdmin):  # type: ignore[misc]
    """Things of the platform: looked at and changed, neither made nor deleted on a page."""

    place: ClassVar[int] = 99
    icon: ClassVar[str] = "label"
    title: ClassVar[str] = ""
    show_full_result_count = False
    list_per_page = 50
    view_on_site = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[WholeList]:
        return WholeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Only what the form changed: the rest may have been changed by others meanwhile."""
        if form.changed_data:
            obj.save(update_fields=form.changed_data)


@admin.register(Organization, site=platform_admin)
class OrganizationAdmin(PlatformModelAdmin):
    """Quota, limits and tier of an organization. Its data is out of reach here."""

    place = 10
    icon = "corporate_fare"
    list_before_template = "admin/opening_hint.html"
    list_display = (
        "name",
        "slug",
        "status",
        "subscription_tier",
        "member_count",
        "created_at",
        "entrance",
    )
    list_filter = ("status", "subscription_tier", "kind", "compliance_level")
    search_fields = ("name", "slug")
    readonly_fields = ("slug", "status", "suspended_at", "created_at", "entrance")
    fields = (
        "name",
        "slug",
        ("status", "suspended_at"),
        ("kind", "compliance_level"),
        ("subscription_tier", "storage_quota_bytes"),
        ("api_rate_limit_per_minute", "telemetry_retention_days"),
        "time_zone",
        ("created_at", "entrance"),
    )
    inlines = (MembershipInline,)
    actions = ("suspend", "resume")

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """A time zone is picked, not spelled."""
        if db_field.name == "time_zone":
            zones = [(name, name) for name in known_time_zones()]
            return forms.ChoiceField(
                choices=zones, help_text=db_field.help_text, widget=UnfoldAdminSelectWidget
            )
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        return field

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Organization]:
        found: models.QuerySet[Organization] = super().get_queryset(request)
        is_current = Q(memberships__ended_at=None)
        return found.annotate(members=Count("memberships", filter=is_current))

    @admin.display(description="members", ordering="members")
    def member_count(self, organization: Any) -> int:
        return int(organization.members)

    @admin.display(description="visit")
    def entrance(self, organization: Organization) -> SafeString | str:
        """The way in, for an hour and with a reason; there is none while nobody is let in."""
        if organization.status != OrganizationStatus.ACTIVE:
            return "Not open"
        return link(reverse("visit-enter", args=(organization.slug,)), "Visit")

    @admin.action(description="Suspend: let nobody in, keep the data", permissions=["change"])
    def suspend(self, request: HttpRequest, chosen: models.QuerySet[Organization]) -> None:
        self._call(suspend_organization, request, chosen, "suspended")

    @admin.action(description="Resume: let people in again", permissions=["change"])
    def resume(self, request: HttpRequest, chosen: models.QuerySet[Organization]) -> None:
        self._call(resume_organization, request, chosen, "open again")

    def _call(
        self,
        act: Callable[..., Organization],
        request: HttpRequest,
        chosen: models.QuerySet[Organization],
        done: str,
    ) -> None:
        for organization in chosen:
            try:
                act(slug=organization.slug, actor_id=request.user.pk)
            except DomainError as error:
                self.message_user(request, error.message, messages.ERROR)
            else:
                self.message_user(request, f"{organization.name} is {done}.")


@admin.register(User, site=platform_admin)
class PersonAdmin(PlatformModelAdmin):
    """Accounts. Passwords are neither shown nor set here; people reset their own."""

    place = 20
    icon = "person"
    title = "People"
    list_display = ("email", "full_name", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "full_name")
    ordering = ("email",)
    fields = (
        "email",
        "full_name",
        "is_active",
        ("is_staff", "is_superuser"),
        ("last_login", "date_joined"),
    )
    readonly_fields = ("email", "is_staff", "is_superuser", "last_login", "date_joined")
    inlines = (MembershipInline,)
    actions = ("disable", "enable", "end_sessions", "reset_second_step")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody locks themselves out."""
        fields: tuple[str, ...] = self.readonly_fields
        return (*fields, "is_active") if obj == request.user else fields

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """The mark itself is the services' to set: with it ends what acts for the person."""
        if "is_active" in form.changed_data:
            form.changed_data.remove("is_active")
            self._set_active(request, obj, obj.is_active)
        super().save_model(request, obj, form, change)

    @admin.action(description="Disable: let in no more", permissions=["change"])
    def disable(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        self._call(request, chosen, lambda user: self._set_active(request, user, False), "disabled")

    @admin.action(description="Enable: let sign in again", permissions=["change"])
    def enable(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        self._call(request, chosen, lambda user: self._set_active(request, user, True), "enabled")

    @admin.action(description="End sessions: sign out everywhere", permissions=["change"])
    def end_sessions(self, request: HttpRequest, chosen: models.QuerySet[User]) -> None:
        def end(user: User) -> None:
            end_everything(user, because="platform_staff")

        self._call(request, chosen, end, "signed out everywhere")

    @admin.action(description="Reset second step: phone and codes lost", permissions=["change"])
    def reset_second_step(
        self, request: HttpRequest, chosen: models.QuerySet[User]
    ) -> HttpResponseBase | None:
        """It weakens the account, so who asks for it shows anew that it is they."""
        if not has_recent_proof(request):
            return ask_for_proof(request)

        def reset(user: User) -> None:
            reset_by_platform_staff(user, by=_staff(request), reason="Platform administration")

        self._call(request, chosen, reset, "without a second step")
        return None

    def _set_active(self, request: HttpRequest, user: User, is_active: bool) -> None:
        if is_active:
            enable_person(user=user)
        else:
            disable_person(user=user, actor=_staff(request))

    def _call(
        self,
        request: HttpRequest,
        chosen: models.QuerySet[User],
        act: Callable[[User], None],
        done: str,
    ) -> None:
        for user in chosen:
            try:
                act(user)
            except DomainError as error:
                self.message_user(request, f"{user.email}: {error.message}", messages.ERROR)
            else:
                self.message_user(request, f"{user.email} is {done}.")


def _staff(request: HttpRequest) -> User:
    """Who acts; the site lets in nobody else."""
    return cast(User, request.user)
