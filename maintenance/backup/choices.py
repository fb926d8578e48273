from __future__ import annotations

from django.db import models


class BackupKind(models.TextChoices):
    FULL = "full", "Full"
    INCREMENTAL = "incremental", "Incremental"
    DUMP = "dump", "Dump of one organization"


class BackupState(models.TextChoices):
    RUNNING = "running", "Running"
    COMPLETE = "complete", "Complete, not yet verified"
    VERIFIED = "verified", "Verified"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Expired and deleted"


class AlarmKind(models.TextChoices):
    BACKUP_FAILED = "backup_failed", "A backup could not be taken"
    NOT_VERIFIED = "not_verified", "A backup or its WAL is not good"
    ARCHIVER = "archiver", "WAL is not being archived"
    DRILL = "drill", "A restore drill failed"
    RETENTION = "retention", "Data are not kept as the policies say"
    PARTITIONS = "partitions", "Partitions are not as they should be"

    @property
    def field(self) -> str:
        """What it is about, in one word at the head of a mail."""
        is_of_backups = self not in (AlarmKind.RETENTION, AlarmKind.PARTITIONS)
        return "Backups" if is_of_backups else self.name.capitalize()
