"""The organizations on this installation and the host names they own."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower

from aviation.tenants.choices import (
    ComplianceLevel,
    OrganizationKind,
    OrganizationStatus,
    SubscriptionTier,
)
from aviation.tenants.querysets import OrganizationQuerySet
from aviation.tenants.time_zones import require_time_zone

GIB = 1024**3
LEAVING = (OrganizationStatus.CLOSING, OrganizationStatus.CLOSED)

slug_rule = RegexValidator(
    r"\A[a-z][a-z0-9-]{1,38}[a-z0-9]\Z",
    "Use 3 to 40 small letters, digits and hyphens, beginning with a letter.",
)
host_rule = RegexValidator(
    r"\A(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z",
    "Give a host name in small letters, such as flights.example.org, without port or path.",
)


class Organization(models.Model):
    """A customer of the installation: one schema, one set of members, one quota.

    The schema is named after the id, never after the slug, so that an organization can be
    renamed without touching its data.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField("code", max_length=40, validators=[slug_rule])
    name = models.CharField(max_length=200)
    kind = models.CharField(
        "kind of organization",
        max_length=20,
        choices=OrganizationKind,
        default=OrganizationKind.COMMERCIAL,
    )
    subscription_tier = models.CharField(
        "subscription",
        max_length=20,
        choices=SubscriptionTier,
        default=SubscriptionTier.STANDARD,
        help_text="Sets quota and limits when the organization is opened. A change here leaves "
        "them as they are.",
    )
    compliance_level = models.CharField(
        max_length=20, choices=ComplianceLevel, default=ComplianceLevel.BASIC
    )
    status = models.CharField(
        max_length=20,
        choices=OrganizationStatus,
        default=OrganizationStatus.ACTIVE,
        db_default=OrganizationStatus.ACTIVE,
    )
    storage_quota_bytes = models.BigIntegerField(
        "storage for log files (bytes)",
        default=50 * GIB,
        validators=[MinValueValidator(0)],
        help_text="What all log files together may take: 1 GB is 1000000000. "
        "Uploads beyond it are refused; nothing is removed.",
    )
    api_rate_limit_per_minute = models.PositiveIntegerField(
        "API calls a minute",
        default=600,
        help_text="Of all the organization's programs together.",
    )
    telemetry_retention_days = models.PositiveIntegerField(
        "telemetry kept for (days)",
        default=90,
        help_text="How long the recorded measurements of a flight are kept.",
    )
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[require_time_zone],
        help_text="Whose days the fleet's figures are counted in, such as Europe/Zurich.",
    )
    created_at = models.DateTimeField("opened", auto_now_add=True)
    suspended_at = models.DateTimeField("suspended", null=True, blank=True)
    closes_at = models.DateTimeField(
        "data removed on",
        null=True,
        blank=True,
        help_text="When the grace period of a closing organization ends.",
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                Lower("slug"),
                name="organization_slug_unique",
                violation_error_message="There is an organization with this code already.",
            ),
            models.CheckConstraint(
                condition=models.Q(storage_quota_bytes__gte=0),
                name="organization_quota_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=OrganizationStatus.values),
                name="organization_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(closes_at__isnull=False, status__in=LEAVING)
                | (models.Q(closes_at__isnull=True) & ~models.Q(status__in=LEAVING)),
                name="organization_closing_has_date",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def schema_name(self) -> str:
        return f"org_{self.id.hex}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def is_active(self) -> bool:
        return self.status == OrganizationStatus.ACTIVE

    def get_absolute_url(self) -> str:
        return f"/o/{self.slug}/"


class Domain(models.Model):
    """A host name of an organization's own; optional, as every page also lives under /o/<slug>/."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="domains", db_column="org_id"
    )
    host = models.CharField(max_length=253, validators=[host_rule])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                Lower("host"),
                name="domain_host_unique",
                violation_error_message="Another organization uses this host name.",
            ),
        )

    def __str__(self) -> str:
        return self.host


class OrganizationFigures(models.Model):
    """Figures of an organization that are shown to the platform's staff: sums, and nobody's data.

    Written in transactions that are bound to the organization; read by the platform.
    """

    organization = models.OneToOneField(
        Organization,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="figures",
        db_column="org_id",
    )
    document = models.JSONField(help_text="In the form of analytics/platform/documents.py.")
    figures_at = models.DateTimeField(help_text="They hold everything stored before this moment.")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = "figures of an organization"
        verbose_name_plural = "figures of all organizations"

    def __str__(self) -> str:
        return f"Figures of {self.organization}"


class SchemaState(models.Model):
    """How far a schema has come; ``public`` has a row too. The owner's alone."""

    schema_name = models.CharField(max_length=63, primary_key=True)
    fingerprint = models.CharField(
        max_length=64,
        blank=True,
        help_text="Of the migrations and policies it was last made to match; empty: unknown.",
    )
    migrated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.schema_name


class SchemaScript(models.Model):
    """The SQL that makes a new organization's tables, kept so that opening one is quick.

    Only the owner can read or write it: what stands here is run with the owner's rights.
    """

    fingerprint = models.CharField(max_length=64, primary_key=True)
    schema_name = models.CharField(max_length=63)
    organization_id = models.UUIDField()
    statements = models.JSONField()
    migrations = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint
