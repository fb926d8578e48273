"""People in the fleet admin; organizations and people in the platform's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from accounts.admin_site import fleet_admin, platform_admin
from accounts.model_admin import Counted, OrganizationModelAdmin
from accounts.models import Membership, User
from accounts.roles import Resource
from aviation.common.errors import DomainError
from aviation.tenants.models import Organization
from aviation.tenants.services import resume_organization, suspend_organization


@admin.register(Membership, site=fleet_admin)
class MembershipAdmin(OrganizationModelAdmin):
    """Who belongs to the organization. Changing that is not offered here yet."""

    resource = Resource.MEMBER
    is_machine_owned = True
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
    readonly_fields = fields

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

    @admin.display(ordering="user__full_name")
    def person(self, member: Membership) -> str:
        return member.user.get_full_name()

    @admin.display(ordering="user__email")
    def email(self, member: Membership) -> str:
        return member.user.email


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


class PlatformModelAdmin(ModelAdmin):  # type: ignore[misc]
    """Things of the platform: looked at and changed, neither made nor deleted on a page."""

    place: ClassVar[int] = 99
    icon: ClassVar[str] = "label"
    title: ClassVar[str] = ""
    show_full_result_count = False
    list_per_page = 50
    view_on_site = False

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
    list_display = ("name", "slug", "status", "subscription_tier", "member_count", "created_at")
    list_filter = ("status", "subscription_tier", "kind", "compliance_level")
    search_fields = ("name", "slug")
    readonly_fields = ("slug", "status", "suspended_at", "created_at")
    fields = (
        "name",
        "slug",
        ("status", "suspended_at"),
        ("kind", "compliance_level"),
        ("subscription_tier", "storage_quota_bytes"),
        ("api_rate_limit_per_minute", "telemetry_retention_days"),
        "created_at",
    )
    inlines = (MembershipInline,)
    actions = ("suspend", "resume")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Organization]:
        found: models.QuerySet[Organization] = super().get_queryset(request)
        is_current = Q(memberships__ended_at=None)
        return found.annotate(members=Count("memberships", filter=is_current))

    @admin.display(description="members", ordering="members")
    def member_count(self, organization: Any) -> int:
        return int(organization.members)

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

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody locks themselves out."""
        fields: tuple[str, ...] = self.readonly_fields
        return (*fields, "is_active") if obj == request.user else fields
