"""Policies, and what people look at: a copy of what lies in the storage, alarms and drills."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from maintenance.backup.choices import AlarmKind, BackupKind, BackupState
from maintenance.backup.querysets import AlarmQuerySet, BackupQuerySet, PolicyQuerySet
from maintenance.backup.validating import check_public_key

_POSITIVE = [MinValueValidator(1)]


class BackupPolicy(models.Model):
    """How often a kind of backup is taken and for how long it is kept; dumps are made by hand."""

    name = models.SlugField(unique=True)
    kind = models.CharField(max_length=20, choices=BackupKind)
    every_hours = models.PositiveSmallIntegerField("every (hours)", validators=_POSITIVE)
    keep_days = models.PositiveSmallIntegerField("kept for (days)", validators=_POSITIVE)
    keep_at_least = models.PositiveSmallIntegerField(
        "kept at least", default=2, help_text="How many stay, however old they are."
    )
    keeps_wal = models.BooleanField(
        "keeps WAL",
        default=False,
        help_text="WAL to roll forward to any moment is kept for as long as these backups.",
    )
    counts_rows = models.BooleanField(
        "counts rows", default=False, help_text="Drills hold a restored copy against the counts."
    )
    recovery_recipient = models.CharField(
        "also encrypted for",
        max_length=100,
        blank=True,
        help_text="A second public age key, such as one whose secret is kept in a safe.",
    )
    is_enabled = models.BooleanField("enabled", default=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ("every_hours", "name")
        verbose_name = "backup policy"
        verbose_name_plural = "backup policies"
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=BackupKind.values), name="backuppolicy_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(keep_days__gte=1)
                & (
                    Q(kind=BackupKind.DUMP, every_hours=0)
                    | ~Q(kind=BackupKind.DUMP) & Q(every_hours__gte=1)
                ),
                name="backuppolicy_numbers_positive",
                violation_error_message="Hours and days are 1 or more; dumps have no hours.",
            ),
            # Also finds it.
            models.UniqueConstraint(
                fields=("kind",),
                condition=Q(kind=BackupKind.DUMP),
                name="backuppolicy_one_of_dumps",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.recovery_recipient:
            check_public_key(self.recovery_recipient, field="recovery_recipient")


class Backup(models.Model):
    """One backup, as its manifest and its last verdict tell; the storage is the truth."""

    id = models.CharField(max_length=60, primary_key=True)
    policy_name = models.CharField("policy or organization", max_length=50)
    kind = models.CharField(max_length=20, choices=BackupKind)
    parent_id = models.CharField("builds on", max_length=60, blank=True)
    state = models.CharField(max_length=20, choices=BackupState)
    started_at = models.DateTimeField("begun (UTC)")
    finished_at = models.DateTimeField("finished (UTC)", null=True)
    verified_at = models.DateTimeField("verified (UTC)", null=True)
    recoverable_to = models.DateTimeField("recoverable to (UTC)", null=True)
    system_identifier = models.CharField(max_length=20, blank=True)
    timeline = models.PositiveIntegerField(null=True)
    start_lsn = models.CharField("WAL from", max_length=20, blank=True)
    stop_lsn = models.CharField("WAL to", max_length=20, blank=True)
    plain_bytes = models.BigIntegerField(default=0)
    stored_bytes = models.BigIntegerField(default=0)
    problems = models.JSONField(default=list)

    objects = BackupQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=BackupState.values), name="backup_state_known"
            ),
        )
        indexes = (
            # The admin's list, and the newest backup of a policy.
            models.Index(fields=("-started_at",), name="backup_newest"),
        )

    def __str__(self) -> str:
        return self.id


class BackupDrill(models.Model):
    """One restore into a throw-away cluster and what was found there."""

    backup_id = models.CharField("backup", max_length=60)
    started_at = models.DateTimeField("begun (UTC)")
    duration_s = models.FloatField("duration (s)")
    data_age_s = models.FloatField("age of the data (s)")
    tables_compared = models.PositiveIntegerField()
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ("-started_at",)
        indexes = (
            # The admin's list.
            models.Index(fields=("-started_at",), name="backupdrill_newest"),
        )

    def __str__(self) -> str:
        return f"Drill of {self.backup_id}"


class BackupAlarm(models.Model):
    """Something of the upkeep that a person has to mend; cleared when it is well again."""

    kind = models.CharField(max_length=20, choices=AlarmKind)
    organization = models.CharField(
        max_length=40, blank=True, help_text="Its code, where it is about one alone."
    )
    message = models.TextField()
    raised_at = models.DateTimeField("raised (UTC)")
    cleared_at = models.DateTimeField("cleared (UTC)", null=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        ordering = ("-raised_at",)
        verbose_name = "alarm"
        constraints = (
            # One open alarm of a kind for each organization; also finds it.
            models.UniqueConstraint(
                fields=("kind", "organization"),
                condition=Q(cleared_at__isnull=True),
                name="backupalarm_one_open_of_a_kind",
            ),
        )

    def __str__(self) -> str:
        return self.message
