"""The recycle archive and the certificates of deletion in the fleet admin."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.admin_site import fleet_admin
from accounts.model_admin import link, membership_of, utc
from accounts.roles import Action
from maintenance.retention.admin import RetentionAdmin
from maintenance.retention.choices import BatchState
from maintenance.retention.models import (
    DeletionCertificate,
    RecycledBatch,
)
from maintenance.retention.sending import send_restore

_BREAKING = "overflow-wrap: anywhere"
"""Digests have no place to break a line at, and a phone is narrow."""
STATE_COLOURS = {
    BatchState.COPYING.label: "info",
    BatchState.RECYCLED.label: "warning",
    BatchState.RESTORING.label: "info",
    BatchState.RESTORED.label: "success",
    BatchState.REMOVING.label: "danger",
    BatchState.REMOVED.label: "default",
}


@admin.register(RecycledBatch, site=fleet_admin)
class RecycledBatchAdmin(RetentionAdmin):
    is_machine_owned = True
    place = 72
    icon = "restore_from_trash"
    title = "Recycle archive"
    how_it_fills = "What is past its time moves here at night, and can be restored for a while."
    list_display = ("name", "number", "coloured_state", "recycled", "goes")
    list_filter = ("kind", "state")
    fields = ("name", "number", "coloured_state", "span", "rows", "recycled", "goes", "kept")
    readonly_fields = fields
    actions = ("restore",)

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return membership_of(request).may(Action.CHANGE, self.resource)

    @admin.action(description="Restore", permissions=["restore"])
    def restore(self, request: HttpRequest, chosen: models.QuerySet[RecycledBatch]) -> None:
        """In the background: files are copied and every row is compared."""
        ready = [batch for batch in chosen if batch.state == BatchState.RECYCLED]
        for batch in ready:
            send_restore(batch)
        if ready:
            self.message_user(request, f"{len(ready)} are being restored.", messages.SUCCESS)
        if len(ready) < len(chosen):
            self.message_user(
                request, "Only what lies in the recycle archive comes back.", messages.WARNING
            )

    @admin.display(description="data", ordering="month")
    def name(self, batch: RecycledBatch) -> str:
        return str(batch)

    @admin.display(description="things")
    def number(self, batch: RecycledBatch) -> int:
        return batch.things

    @display(description="state", label=STATE_COLOURS)  # type: ignore[untyped-decorator]
    def coloured_state(self, batch: RecycledBatch) -> str:
        return batch.get_state_display()

    @admin.display(description="from and to (UTC)")
    def span(self, batch: RecycledBatch) -> str:
        return f"{utc(batch.first_at)} to {utc(batch.last_at)}"

    @admin.display(description="rows by table")
    def rows(self, batch: RecycledBatch) -> str:
        return ", ".join(f"{table}: {count}" for table, count in batch.counts.items())

    @admin.display(description="recycled (UTC)", ordering="recycled_at")
    def recycled(self, batch: RecycledBatch) -> str | None:
        return utc(batch.recycled_at)

    @admin.display(description="deleted after (UTC)", ordering="remove_after")
    def goes(self, batch: RecycledBatch) -> str | None:
        return utc(batch.removed_at or batch.remove_after)

    @admin.display(description="not due again before (UTC)")
    def kept(self, batch: RecycledBatch) -> str | None:
        return utc(batch.kept_until)


@admin.register(DeletionCertificate, site=fleet_admin)
class DeletionCertificateAdmin(RetentionAdmin):
    is_machine_owned = True
    place = 73
    icon = "verified"
    title = "Certificates of deletion"
    how_it_fills = "One is written when data leave the recycle archive for good."
    list_display = ("what", "month", "things", "removed")
    list_filter = ("kind",)
    fields = ("what", "month", "things", "removed", "digest", "as_written", "as_file")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.json_view)
        own = [path("<uuid:key>/json/", view, name="maintenance_deletioncertificate_json")]
        return [*own, *super().get_urls()]

    def json_view(self, request: HttpRequest, key: Any) -> HttpResponseBase:
        """The document as it was written, with its SHA-256."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request), pk=key)
        document = {"certificate": str(row.pk), **row.document, "sha256": row.sha256}
        return JsonResponse(document, json_dumps_params={"indent": 2})

    @admin.display(description="data", ordering="kind")
    def what(self, row: DeletionCertificate) -> str:
        return row.get_kind_display()

    @admin.display(description="month")
    def month(self, row: DeletionCertificate) -> str:
        return str(row.document.get("month", ""))

    @admin.display(description="things")
    def things(self, row: DeletionCertificate) -> str:
        return str(row.document.get("things", ""))

    @admin.display(description="deleted (UTC)", ordering="removed_at")
    def removed(self, row: DeletionCertificate) -> str | None:
        return utc(row.removed_at)

    @admin.display(description="as it was written")
    def as_written(self, row: DeletionCertificate) -> SafeString:
        text = json.dumps(row.document, indent=2, sort_keys=True)
        return format_html('<pre style="white-space: pre-wrap; {}">{}</pre>', _BREAKING, text)

    @admin.display(description="SHA-256 of the document")
    def digest(self, row: DeletionCertificate) -> SafeString:
        return format_html('<span style="{}">{}</span>', _BREAKING, row.sha256)

    @admin.display(description="for programs")
    def as_file(self, row: DeletionCertificate) -> SafeString:
        name = "fleet_admin:maintenance_deletioncertificate_json"
        return link(reverse(name, args=(row.pk,)), "JSON")
