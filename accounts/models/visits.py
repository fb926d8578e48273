"""Platform staff inside an organization they do not belong to."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.choices import Role
from accounts.models.people import User
from aviation.tenants.models import Organization


class PlatformVisit(models.Model):
    """A stay with a reason and an end. Both the platform and the organization can see it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="+", db_column="org_id"
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="visits")
    role = models.CharField(max_length=20, choices=Role, default=Role.READONLY)
    reason = models.CharField(max_length=500)
    began_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-began_at",)

    def __str__(self) -> str:
        return f"visit of {self.user}"
