"""Backups and alarms in the platform's admin: policies to edit, the rest to read, bad ones red."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from unfold.decorators import display

from accounts.admin import PlatformModelAdmin
from accounts.admin_site import platform_admin
from aviation.caching.wording import as_duration
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

    @admin.display(description="problems")
    def found(self, thing: Any) -> str | None:
        """One below the other, in the words they were found with."""
        return "\n".join(map(str, thing.problems)) or None


@admin.register(BackupPolicy, site=platform_admin)
class BackupPolicyAdmin(PlatformModelAdmin):
    place = 40
    icon = "event_repeat"
    title = "Backup policies"
    list_display = ("name", "kind", "rhythm", "keep_days", "keep_at_least", "is_enabled")
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

    @admin.display(description="every (hours)", ordering="every_hours")
    def rhythm(self, policy: BackupPolicy) -> int | str:
        return "made by hand" if policy.kind == BackupKind.DUMP else policy.every_hours


@admin.register(Backup, site=platform_admin)
class BackupAdmin(ReadOnlyAdmin):
    place = 41
    icon = "backup"
    title = "Backups"
    how_it_fills = "They come from manage.py backup, as the backup policies say how often."
    list_display = (
        *("id", "policy_name", "kind", "coloured_state", "finished_at", "recoverable_to"),
        "stored",
    )
    list_filter = ("state", "kind")
    search_fields = ("=id", "=policy_name")
    fields = (
        *("id", "policy_name", "kind", "parent_id", "state", "started_at", "finished_at"),
        *("verified_at", "recoverable_to", "system_identifier", "timeline", "start_lsn"),
        *("stop_lsn", "plain", "stored", "found"),
    )
    readonly_fields = fields

    @admin.display(description="before compression")
    def plain(self, backup: Backup) -> str:
        return filesizeformat(backup.plain_bytes)

    @admin.display(description="size", ordering="stored_bytes")
    def stored(self, backup: Backup) -> str:
        return filesizeformat(backup.stored_bytes)

    @display(description="state", label=STATE_COLOURS)  # type: ignore[untyped-decorator]
    def coloured_state(self, backup: Backup) -> str:
        return backup.get_state_display()


@admin.register(BackupAlarm, site=platform_admin)
class BackupAlarmAdmin(ReadOnlyAdmin):
    place = 42
    icon = "notification_important"
    title = "Alarms"
    how_it_fills = "Good news: nothing about backups, retention or partitions went wrong."
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
    how_it_fills = "A drill restores a backup on trial: manage.py backup drill."
    # Made by a tag of the pages, which lie above this and may show it.
    list_before_template = "admin/drills_before_list.html"
    list_display = (
        *("started_at", "backup_id", "coloured_result", "duration", "data_age"),
        "tables_compared",
    )
    fields = ("started_at", "backup_id", "duration", "data_age", "tables_compared", "found")
    readonly_fields = fields

    @admin.display(description="duration", ordering="duration_s")
    def duration(self, drill: BackupDrill) -> str:
        return as_duration(drill.duration_s)

    @admin.display(description="age of the data", ordering="data_age_s")
    def data_age(self, drill: BackupDrill) -> str:
        return as_duration(drill.data_age_s)

    @display(description="result", label={"good": GOOD, "failed": BAD})  # type: ignore[untyped-decorator]
    def coloured_result(self, drill: BackupDrill) -> str:
        return "failed" if drill.problems else "good"
