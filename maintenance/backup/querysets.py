from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from maintenance.backup.choices import BackupKind, BackupState

if TYPE_CHECKING:
    from maintenance.backup.models import (  # noqa: F401 - named in strings below
        Backup,
        BackupAlarm,
        BackupPolicy,
    )


class PolicyQuerySet(models.QuerySet["BackupPolicy"]):
    def enabled(self) -> PolicyQuerySet:
        return self.filter(is_enabled=True)

    def of_dumps(self) -> PolicyQuerySet:
        """The one that says how long dumps of single organizations are kept."""
        return self.filter(kind=BackupKind.DUMP)

    def of_backups(self) -> PolicyQuerySet:
        """Those by which the whole cluster is backed up."""
        return self.exclude(kind=BackupKind.DUMP)


class BackupQuerySet(models.QuerySet["Backup"]):
    def kept(self) -> BackupQuerySet:
        """Those whose files are there, as far as the tables know."""
        states = (BackupState.COMPLETE, BackupState.VERIFIED, BackupState.FAILED)
        return self.filter(state__in=states, finished_at__isnull=False)

    def running(self) -> BackupQuerySet:
        return self.filter(state=BackupState.RUNNING)


class AlarmQuerySet(models.QuerySet["BackupAlarm"]):
    def open(self) -> AlarmQuerySet:
        return self.filter(cleared_at__isnull=True)
