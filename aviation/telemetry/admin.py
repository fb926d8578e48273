"""Refused telemetry in the fleet admin: found again, and let in after a fix."""

from __future__ import annotations

import json

from django.contrib import admin
from django.contrib.messages import ERROR, SUCCESS, WARNING
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.admin_site import fleet_admin
from accounts.model_admin import OrganizationModelAdmin, link, membership_of, utc
from accounts.models import Membership
from accounts.roles import SEES_OWN_FLIGHTS_ONLY, Action, Resource
from aviation.common.errors import DomainError
from aviation.telemetry.ingest.replaying import let_in
from aviation.telemetry.models import QuarantinedPoint

REASONS_TOLD = 3


@admin.register(QuarantinedPoint, site=fleet_admin)
class QuarantinedPointAdmin(OrganizationModelAdmin):
    """Points that were sent and not accepted; they are forgotten after 30 days."""

    resource = Resource.TELEMETRY
    is_machine_owned = True
    place = 35
    icon = "report"
    title = "Refused telemetry"
    how_it_fills = "Points that an aircraft sent and that could not be right come here."
    empty_value_display = "—"
    list_select_related = ("aircraft", "session__aircraft")
    list_display = ("received", "reason", "detail", "aircraft", "flight", "let_in_at")
    list_filter = ("code", "received_at", ("replayed_at", admin.EmptyFieldListFilter))
    search_fields = ("detail", "aircraft__registration", "code")
    ordering = ("-id",)
    fields = (
        ("received", "position"),
        ("reason", "detail"),
        ("aircraft", "flight"),
        "as_sent",
        "let_in_at",
    )
    readonly_fields = tuple(
        name for row in fields for name in (row if isinstance(row, tuple) else (row,))
    )
    actions = ("let_in_again",)

    def visible_to(self, membership: Membership) -> models.QuerySet[QuarantinedPoint]:
        """Without a flight's owner to go by, whoever sees their own flights only sees none."""
        is_barred = membership.ended_at is not None or membership.role in SEES_OWN_FLIGHTS_ONLY
        return QuarantinedPoint.objects.none() if is_barred else QuarantinedPoint.objects.all()

    def has_let_in_permission(self, request: HttpRequest) -> bool:
        return membership_of(request).may(Action.ADD, Resource.TELEMETRY)

    @admin.action(description="Let in again", permissions=["let_in"])
    def let_in_again(self, request: HttpRequest, chosen: models.QuerySet[QuarantinedPoint]) -> None:
        points = list(chosen.filter(replayed_at=None))
        try:
            refused = let_in(points, membership=membership_of(request), now=timezone.now())
        except DomainError as error:
            self.message_user(request, error.message, ERROR)
            return
        stored = len(points) - len(refused)
        if stored:
            self.message_user(request, f"{stored} let in.", SUCCESS)
        if refused:
            reasons = sorted({each.detail for _, each in refused})[:REASONS_TOLD]
            told = f"{len(refused)} are still not right. {' '.join(reasons)}"
            self.message_user(request, told, WARNING)
        if not points:
            self.message_user(request, "These were let in before.", WARNING)

    @admin.display(description="received (UTC)", ordering="received_at")
    def received(self, point: QuarantinedPoint) -> str | None:
        return utc(point.received_at)

    @admin.display(ordering="code")
    def reason(self, point: QuarantinedPoint) -> str:
        return point.get_code_display()

    @admin.display(empty_value="—")
    def flight(self, point: QuarantinedPoint) -> SafeString | None:
        if point.session is None:
            return None
        place = reverse("fleet_admin:flights_flightsession_change", args=(point.session_id,))
        return link(place, point.session)

    @admin.display(description="let in (UTC)", ordering="replayed_at", empty_value="—")
    def let_in_at(self, point: QuarantinedPoint) -> str | None:
        return utc(point.replayed_at)

    @admin.display(description="as it was sent")
    def as_sent(self, point: QuarantinedPoint) -> SafeString:
        sent = point.point if isinstance(point.point, dict) else {"sent": point.point}
        lines = ((name, json.dumps(value, ensure_ascii=False)) for name, value in sent.items())
        return format_html_join("", '<p class="break-words">{}: {}</p>', lines)
