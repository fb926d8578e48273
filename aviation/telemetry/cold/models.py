"""Where the rows of archived flights are."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from aviation.flights.models import FlightSession


class ColdFile(models.Model):
    """One flight's rows of one month as a Parquet file in the storage.

    Not yet in force, the rows are still in the table and the file is a copy in the making.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(FlightSession, on_delete=models.CASCADE, related_name="cold_files")
    month = models.DateField(help_text="The first day of the partition's month.")
    file_name = models.CharField(max_length=300)
    rows = models.PositiveIntegerField()
    size_bytes = models.BigIntegerField("size [bytes]")
    table_bytes = models.BigIntegerField(help_text="About what the rows took in the table.")
    sha256 = models.CharField("SHA-256", max_length=64)
    schema_version = models.PositiveSmallIntegerField()
    first_point_at = models.DateTimeField()
    last_point_at = models.DateTimeField()
    is_in_force = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "archived telemetry"
        verbose_name_plural = "archived telemetry"
        ordering = ("month", "first_point_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("session", "month"),
                condition=models.Q(is_in_force=False),
                name="cold_file_one_in_the_making",
            ),
            models.UniqueConstraint(fields=("file_name",), name="cold_file_name_unique"),
            models.CheckConstraint(condition=models.Q(rows__gt=0), name="cold_file_not_empty"),
        )
        indexes = (
            # What a month's partition may be dropped for.
            models.Index(fields=("month",), name="cold_file_by_month"),
        )

    def __str__(self) -> str:
        return f"{self.rows:,} rows of {self.month:%B %Y}"


def archived_flights(session_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Which of the flights have rows that have left the table."""
    files = ColdFile.objects.filter(session__in=session_ids, is_in_force=True)
    return frozenset(files.values_list("session_id", flat=True))


class KeptInTable(models.Model):
    """A flight whose rows were brought back and are to stay in the table for a while."""

    session = models.OneToOneField(
        FlightSession, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d}"


@receiver(post_delete, sender=ColdFile)
def remove_file(instance: ColdFile, **_: Any) -> None:
    """The file goes with its row, and only once that has gone for good."""
    transaction.on_commit(lambda: default_storage.delete(instance.file_name))
