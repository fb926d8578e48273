"""Who gets the summary by mail, in the fleet admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from accounts.admin_site import fleet_admin
from accounts.model_admin import OrganizationModelAdmin, membership_of, utc
from accounts.roles import Action, Resource
from analytics.models import SummarySubscription
from analytics.reports.subscribing import send_left_over, subscribe, unsubscribe


@admin.register(SummarySubscription, site=fleet_admin)
class SummarySubscriptionAdmin(OrganizationModelAdmin):
    """Members ask for it on the summary's page; managers may do it for others here."""

    resource = Resource.ANALYTICS
    place = 48
    icon = "outgoing_mail"
    title = "Summaries by mail"
    list_select_related = ("member__user",)
    list_display = ("member", "rhythm", "is_active", "sent", "outcome")
    list_filter = ("rhythm", "is_active")
    search_fields = ("member__user__full_name", "member__user__email")
    ordering = ("member__user__full_name", "member__user__email", "rhythm")
    fields = ("member", "rhythm", "is_active", "sent", "outcome")
    readonly_fields = ("sent", "outcome")
    actions = ("send_again",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Action.CHANGE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The row tells what was sent: it is made inactive instead."""
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if obj is not None else ("member", "rhythm")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Whose and how often does not change: that would be another one."""
        return self.readonly_fields if obj is None else ("member", "rhythm", *self.readonly_fields)

    def save_model(
        self, request: HttpRequest, obj: SummarySubscription, form: Any, change: bool
    ) -> None:
        actor, now = membership_of(request), timezone.now()
        if change and not obj.is_active:
            unsubscribe(actor=actor, subscription=obj)
        else:
            obj.pk = subscribe(actor=actor, member=obj.member, rhythm=obj.rhythm, at=now).pk

    @admin.action(description="Send what was left over", permissions=["change"])
    def send_again(
        self, request: HttpRequest, chosen: models.QuerySet[SummarySubscription]
    ) -> None:
        actor = membership_of(request)
        self.act_on_each(
            request,
            chosen,
            lambda each: send_left_over(actor=actor, subscription=each),
            "{count} will go out within a quarter of an hour.",
        )

    @admin.display(description="last sent (UTC)", ordering="last_sent_at")
    def sent(self, subscription: SummarySubscription) -> str | None:
        return utc(subscription.last_sent_at)

    @display(  # type: ignore[untyped-decorator]
        description="state", label={"Left over": "danger", "Waiting for its day": "success"}
    )
    def outcome(self, subscription: SummarySubscription) -> str:
        """Left over: taken up, and whether it arrived nobody knows, or it was refused too often."""
        return "Left over" if subscription.is_left_over else "Waiting for its day"
