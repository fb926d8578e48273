"""Retention in the fleet admin, for those who may see the members: rules with their preview, and
legal holds. In the platform's admin: the installation's defaults.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts.admin import PlatformModelAdmin
from accounts.admin_site import fleet_admin, platform_admin
from accounts.model_admin import OrganizationModelAdmin, membership_of, utc
from accounts.roles import Action, Resource
from maintenance.retention.bounds import KEPT_FOR_EVER
from maintenance.retention.choices import DataKind, HoldScope
from maintenance.retention.forms import LegalHoldForm
from maintenance.retention.holds import lift_hold, place_hold
from maintenance.retention.models import (
    LegalHold,
    RetentionDefault,
    RetentionPolicy,
)
from maintenance.retention.planning import make_plan
from maintenance.retention.policies import set_policy


@admin.register(RetentionDefault, site=platform_admin)
class RetentionDefaultAdmin(PlatformModelAdmin):
    place = 46
    icon = "auto_delete"
    title = "Defaults of retention"
    list_display = ("kind", "kept_for", "grace_days")
    fields = ("kind", "keep_days", "grace_days")
    readonly_fields = ("kind",)

    @admin.display(description="kept for (days)", ordering="keep_days", empty_value="for ever")
    def kept_for(self, default: RetentionDefault) -> int | None:
        return default.keep_days


class RetentionAdmin(OrganizationModelAdmin):
    """What is kept is for those to say who may change the members; nothing is deleted here."""

    resource = Resource.MEMBER

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RetentionPolicy, site=fleet_admin)
class RetentionPolicyAdmin(RetentionAdmin):
    place = 70
    icon = "auto_delete"
    title = "Retention"
    list_before_template = "admin/retention_preview.html"
    list_display = ("kind", "keep_days", "grace_days", "changed")
    fields = ("kind", "keep_days", "grace_days")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The rules in force and what they mean today, above the organization's own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        plan = make_plan(timezone.now(), counts_tables=False)
        own = {row.kind: row.pk for row in self.get_queryset(request)}
        rows = [
            {
                "kind": kind,
                "label": kind.rule.kind.label,
                "due": len(kind.due),
                "held": sum(line.held for line in kind.months),
                "place": self._place_of(request, kind.rule.kind, own),
            }
            for kind in plan.kinds
        ]
        return super().changelist_view(
            request, {**(extra_context or {}), "rows": rows, "plan": plan}
        )

    def _place_of(self, request: HttpRequest, kind: DataKind, own: dict[str, int]) -> str:
        if kind in KEPT_FOR_EVER or not self.may(request, Action.CHANGE):
            return ""
        if kind in own:
            return reverse("fleet_admin:maintenance_retentionpolicy_change", args=(own[kind],))
        return reverse("fleet_admin:maintenance_retentionpolicy_add") + f"?kind={kind}"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("kind",) if obj is not None else ()

    def formfield_for_choice_field(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Kinds that have no rule of the organization's own yet, and may have one."""
        taken = {row.kind for row in self.get_queryset(request)} | KEPT_FOR_EVER
        kwargs["choices"] = [(kind.value, kind.label) for kind in DataKind if kind not in taken]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: RetentionPolicy, form: Any, change: bool
    ) -> None:
        obj.pk = set_policy(
            membership=membership_of(request),
            kind=DataKind(obj.kind),
            keep_days=obj.keep_days,
            grace_days=obj.grace_days,
        ).pk

    @admin.display(description="changed (UTC)", ordering="changed_at")
    def changed(self, policy: RetentionPolicy) -> str | None:
        return utc(policy.changed_at)


@admin.register(LegalHold, site=fleet_admin)
class LegalHoldAdmin(RetentionAdmin):
    place = 71
    icon = "gavel"
    title = "Legal holds"
    form = LegalHoldForm
    list_display = ("what", "ground", "since", "until", "placed_by", "lifted")
    list_filter = ("scope", ("lifted_at", admin.EmptyFieldListFilter))
    search_fields = ("object_name", "ground")
    list_select_related = ("placed_by__user", "lifted_by__user")
    fields = ("what", "ground", "since", "until", "placed_by", "lifted", "lifted_by")
    actions = ("lift",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        added = ("scope", "aircraft", "flight", "ground", "until")
        return added if obj is None else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self.fields

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        if "aircraft" in form.base_fields:
            planes = self.admin_site.get_model_admin(LegalHoldForm.AIRCRAFT)
            form.base_fields["aircraft"].queryset = planes.get_queryset(request)
        return form

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A hold is placed and lifted, never altered."""
        return obj is None and super().has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        obj.pk = place_hold(
            membership=membership_of(request),
            scope=HoldScope(obj.scope),
            object_id=form.cleaned_data["object_id"],
            ground=obj.ground,
            until=obj.until,
        ).pk

    @admin.action(description="Lift: what is past its time may go", permissions=["change"])
    def lift(self, request: HttpRequest, chosen: models.QuerySet[LegalHold]) -> None:
        membership = membership_of(request)
        self.act_on_each(
            request,
            chosen,
            lambda hold: lift_hold(membership=membership, hold=hold),
            "{count} lifted.",
        )

    @admin.display(description="covers")
    def what(self, hold: LegalHold) -> str:
        if hold.scope == HoldScope.ORGANIZATION:
            return hold.get_scope_display()
        return f"{HoldScope(hold.scope).label}: {hold.object_name}"

    @admin.display(description="since (UTC)", ordering="placed_at")
    def since(self, hold: LegalHold) -> str | None:
        return utc(hold.placed_at)

    @admin.display(description="lifted (UTC)", ordering="lifted_at", empty_value="Stands")
    def lifted(self, hold: LegalHold) -> str | None:
        return utc(hold.lifted_at)
