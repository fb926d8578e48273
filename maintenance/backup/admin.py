"""Backups and alarms in the platform's admin: policies to edit, the rest to read, bad ones red."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin import PlatformModelAdmin
from accounts.admin_site import platform_admin
from maintenance.backup.choices import BackupKind, BackupState
from maintenance.backup.models import Backup, BackupAlarm, BackupDrill, BackupPolicy

GOOD, BAD, OPEN = "success", "danger", "warning"
STATE_COLOURS = {
    BackupState.VERIFIED.label: GOOD,
    BackupState.FAILED.label: BAD,
    BackupState.COMPLETE.label: OPEN,
    BackupState.RUNNING.label: "info",
}


class ReadOnlyAdmin(PlatformModelAdmin):
    """Written by the operator's commands and the checks."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(BackupPolicy, site=platform_admin)
class BackupPolicyAdmin(PlatformModelAdmin):
    place = 40
    icon = "event_repeat"
    title = "Backup policies"
    list_display = ("name", "kind", "every_hours", "keep_days", "keep_at_least", "is_enabled")
    fields = (
        *("name", "kind", "every_hours", "keep_days", "keep_at_least", "keeps_wal"),
        *("counts_rows", "recovery_recipient", "is_enabled"),
    )
    fields_of_dumps = ("name", "kind", "keep_days", "keep_at_least")
    readonly_fields = ("name", "kind")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Dumps are made by hand, so that only how long they are kept can be said."""
        is_of_dumps = obj is not None and obj.kind == BackupKind.DUMP
        return self.fields_of_dumps if is_of_dumps else self.fields


@admin.register(Backup, site=platform_admin)
class BackupAdmin(ReadOnlyAdmin):
    place = 41
    icon = "backup"
    title = "Backups"
    list_display = (
        *("id", "policy_name", "kind", "coloured_state", "finished_at", "recoverable_to"),
        "stored_bytes",
    )
    list_filter = ("state", "kind")
    search_fields = ("=id", "=policy_name")

    @display(description="state", label=STATE_COLOURS)  # type: ignore[untyped-decorator]
    def coloured_state(self, backup: Backup) -> str:
        return backup.get_state_display()


@admin.register(BackupAlarm, site=platform_admin)
class BackupAlarmAdmin(ReadOnlyAdmin):
    place = 42
    icon = "notification_important"
    title = "Alarms"
    list_display = ("raised_at", "kind", "organization", "message", "coloured_state", "cleared_at")
    list_filter = ("kind",)

    @display(description="state", label={"open": BAD, "cleared": GOOD})  # type: ignore[untyped-decorator]
    def coloured_state(self, alarm: BackupAlarm) -> str:
        return "cleared" if alarm.cleared_at else "open"


@admin.register(BackupDrill, site=platform_admin)
class BackupDrillAdmin(ReadOnlyAdmin):
    place = 43
    icon = "fact_check"
    title = "Restore drills"
    # Made by a tag of the pages, which lie above this and may show it.
    list_before_template = "admin/drills_before_list.html"
    list_display = (
        *("started_at", "backup_id", "coloured_result", "duration_s", "data_age_s"),
        "tables_compared",
    )

    @display(description="result", label={"good": GOOD, "failed": BAD})  # type: ignore[untyped-decorator]
    def coloured_result(self, drill: BackupDrill) -> str:
        return "failed" if drill.problems else "good"
