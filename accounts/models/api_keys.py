"""Keys by which programs call the API, for one organization and at most with their owner's role."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models.people import Membership
from aviation.tenants.models import Organization


class ApiKey(models.Model):
    """A key. ``key_id`` is its public part; of the secret only a keyed digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="api_keys", db_column="org_id"
    )
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    key_id = models.CharField("key", max_length=12, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    pepper_number = models.PositiveSmallIntegerField(editable=False)
    scopes = ArrayField(models.CharField(max_length=40))
    networks = ArrayField(
        models.CharField(max_length=43), default=list, blank=True, help_text="None: any address."
    )
    rate_limit_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: the organization's."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces"
    )

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "API key"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(scopes__len__gte=1), name="api_key_has_a_scope"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        is_over = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not is_over


class ApiKeyUsage(models.Model):
    """What a key was used for in one hour; written at most once a minute for a key."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_column="org_id"
    )
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="usage")
    hour = models.DateTimeField()
    requests = models.PositiveBigIntegerField(default=0)
    last_used_at = models.DateTimeField()
    last_address = models.GenericIPAddressField(null=True)

    class Meta:
        ordering = ("-hour",)
        constraints = (
            models.UniqueConstraint(fields=("key", "hour"), name="api_key_usage_once_an_hour"),
        )

    def __str__(self) -> str:
        return f"{self.key_id} {self.hour:%Y-%m-%d %H}"
