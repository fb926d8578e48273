from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from aviation.tenants.choices import OrganizationStatus

if TYPE_CHECKING:
    from aviation.tenants.models import Organization  # noqa: F401 - named in strings below


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def active(self) -> OrganizationQuerySet:
        return self.filter(status=OrganizationStatus.ACTIVE)
