"""Policies, legal holds, what lies in the recycle archive, and certificates of deletion."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from accounts.models import Membership
from aviation.tenants.models import Organization
from maintenance.retention import bounds
from maintenance.retention.choices import BatchState, DataKind, HoldScope
from maintenance.retention.querysets import (
    BatchQuerySet,
    CertificateQuerySet,
    HoldQuerySet,
    PolicyQuerySet,
)

_KEPT = "Empty: for ever."
_GRACE = "How long what fell due can still be restored."
_LONG_ENOUGH = Q(keep_days=None) | Q(keep_days__lte=bounds.MAXIMUM_DAYS) & (
    Q(kind=DataKind.FLIGHTS, keep_days__gte=bounds.LOGBOOK_DAYS)
    | ~Q(kind__in=(DataKind.FLIGHTS, DataKind.AUDIT)) & Q(keep_days__gte=30)
)
_GRACE_IN_BOUNDS = Q(grace_days__range=(bounds.MINIMUM_GRACE_DAYS, bounds.MAXIMUM_GRACE_DAYS))


class RetentionDefault(models.Model):
    """What holds for the organizations that have no policy of their own for a kind."""

    kind = models.CharField(max_length=20, choices=DataKind, primary_key=True)
    keep_days = models.PositiveIntegerField(
        "kept for (days)", null=True, blank=True, help_text=_KEPT
    )
    grace_days = models.PositiveSmallIntegerField(
        "grace period (days)", default=bounds.GRACE_DAYS, help_text=_GRACE
    )

    class Meta:
        ordering = ("kind",)
        verbose_name = "default of retention"
        verbose_name_plural = "defaults of retention"
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=DataKind.values), name="retentiondefault_kind_known"
            ),
            models.CheckConstraint(condition=_LONG_ENOUGH, name="retentiondefault_long_enough"),
            models.CheckConstraint(condition=_GRACE_IN_BOUNDS, name="retentiondefault_grace"),
        )

    def __str__(self) -> str:
        return self.get_kind_display()

    def clean(self) -> None:
        refuse_out_of_bounds(self.kind, self.keep_days, self.grace_days)


class RetentionPolicy(models.Model):
    """An organization's own rule for one kind of data."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_column="org_id"
    )
    kind = models.CharField("data", max_length=20, choices=DataKind)
    keep_days = models.PositiveIntegerField(
        "kept for (days)", null=True, blank=True, help_text=_KEPT
    )
    grace_days = models.PositiveSmallIntegerField(
        "grace period (days)", default=bounds.GRACE_DAYS, help_text=_GRACE
    )
    changed_at = models.DateTimeField("changed (UTC)", auto_now=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ("kind",)
        verbose_name = "retention policy"
        verbose_name_plural = "retention policies"
        constraints = (
            # Also finds the policy of a kind.
            models.UniqueConstraint(
                fields=("organization", "kind"),
                name="retentionpolicy_one_of_a_kind",
                violation_error_message="There is a policy for this kind of data already.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DataKind.values), name="retentionpolicy_kind_known"
            ),
            models.CheckConstraint(condition=_LONG_ENOUGH, name="retentionpolicy_long_enough"),
            models.CheckConstraint(condition=_GRACE_IN_BOUNDS, name="retentionpolicy_grace"),
        )

    def __str__(self) -> str:
        return self.get_kind_display()

    def clean(self) -> None:
        refuse_out_of_bounds(self.kind, self.keep_days, self.grace_days)


class LegalHold(models.Model):
    """Nothing it covers is recycled or deleted while it stands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_column="org_id"
    )
    scope = models.CharField("covers", max_length=20, choices=HoldScope)
    object_id = models.UUIDField(null=True, blank=True)
    object_name = models.CharField("which", max_length=200, blank=True)
    ground = models.TextField(help_text="Why: the case, the authority, the request.")
    placed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField("since (UTC)")
    until = models.DateField(
        null=True, blank=True, help_text="The last day it stands. Empty: until it is lifted."
    )
    lifted_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    lifted_at = models.DateTimeField("lifted (UTC)", null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ("-placed_at",)
        verbose_name = "legal hold"
        constraints = (
            models.CheckConstraint(
                condition=Q(scope=HoldScope.ORGANIZATION, object_id=None)
                | Q(scope__in=(HoldScope.AIRCRAFT, HoldScope.FLIGHT), object_id__isnull=False),
                name="legalhold_covers_something",
            ),
            models.CheckConstraint(condition=~Q(ground=""), name="legalhold_has_ground"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="legalhold_lifted_by_somebody",
            ),
        )
        indexes = (
            # The holds that stand: asked before anything goes.
            models.Index(
                fields=("organization",), name="legalhold_standing", condition=Q(lifted_at=None)
            ),
        )

    def __str__(self) -> str:
        return self.object_name or self.get_scope_display()


class RecycledBatch(models.Model):
    """Things of one kind and month that left their tables together, and where they are now."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_column="org_id"
    )
    kind = models.CharField("data", max_length=20, choices=DataKind)
    month = models.DateField(help_text="Its first day.")
    state = models.CharField(max_length=20, choices=BatchState, default=BatchState.COPYING)
    keep_days = models.PositiveIntegerField("kept for (days)")
    grace_days = models.PositiveSmallIntegerField("grace period (days)")
    roots = ArrayField(models.CharField(max_length=40), help_text="Keys of the rows that fell due.")
    flight_ids = ArrayField(models.UUIDField(), default=list)
    aircraft_ids = ArrayField(models.UUIDField(), default=list)
    counts = models.JSONField(default=dict, help_text="Rows by table.")
    files = models.JSONField(default=list, help_text="Name, former name, bytes and SHA-256.")
    rows_sha256 = models.CharField("SHA-256 of the rows", max_length=64, blank=True)
    manifest_sha256 = models.CharField("SHA-256 of the manifest", max_length=64, blank=True)
    first_at = models.DateTimeField("from (UTC)")
    last_at = models.DateTimeField("to (UTC)")
    made_at = models.DateTimeField()
    recycled_at = models.DateTimeField("recycled (UTC)", null=True)
    remove_after = models.DateTimeField("deleted after (UTC)", null=True)
    has_sources = models.BooleanField(
        default=True, help_text="Whether files may still lie where they were before."
    )
    kept_until = models.DateTimeField("not due again before (UTC)", null=True)
    removed_at = models.DateTimeField("deleted (UTC)", null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "id")
        verbose_name = "recycled batch"
        verbose_name_plural = "recycled batches"
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=BatchState.values), name="recycledbatch_state_known"
            ),
        )
        indexes = (
            # What to finish, restore or remove; and the organization's list.
            models.Index(fields=("organization", "state"), name="recycledbatch_by_state"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.month:%B %Y}"

    @property
    def folder(self) -> str:
        return f"organizations/{self.organization_id}/recycle/{self.id}"

    @property
    def things(self) -> int:
        return len(self.roots)


class DeletionCertificate(models.Model):
    """What was deleted for good, by which policy; written once, never altered.

    Without a foreign key to the organization: it outlives what it tells about.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization_id = models.UUIDField("organization", db_column="org_id")
    kind = models.CharField("data", max_length=20, choices=DataKind)
    removed_at = models.DateTimeField("deleted (UTC)")
    document = models.JSONField()
    sha256 = models.CharField("SHA-256 of the document", max_length=64)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ("-removed_at", "id")
        verbose_name = "certificate of deletion"
        verbose_name_plural = "certificates of deletion"
        indexes = (
            # The organization's list, newest first.
            models.Index(fields=("organization_id", "-removed_at"), name="certificate_newest"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, deleted {self.removed_at:%-d %b %Y}"


def refuse_out_of_bounds(kind: str, keep_days: Any, grace_days: Any) -> None:
    """Raise ValidationError for days outside a kind's bounds."""
    reason = bounds.why_not(kind, keep_days, grace_days or 0) if kind else ""
    if reason:
        raise ValidationError(reason)
