from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from aviation.audit.models import AuditEvent  # noqa: F401 - named in strings below


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """What is in sight is for row level security to say; these only narrow it."""

    def of_organization(self, organization_id: uuid.UUID) -> AuditEventQuerySet:
        return self.filter(org_id=organization_id)

    def of_object(self, table_name: str, object_id: object) -> AuditEventQuerySet:
        """The history of one row, newest first."""
        return self.filter(table_name=table_name, object_id=str(object_id)).order_by("-at", "-id")
