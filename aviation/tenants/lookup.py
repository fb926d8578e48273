"""Finding organizations, for commands and queued work."""

from __future__ import annotations

import uuid

from django.db import transaction

from aviation.common.errors import NotFound
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization


def find_organization(slug: str) -> Organization:
    """The organization with this code, whatever its status. Raises NotFound."""
    with platform_context(), transaction.atomic():
        organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        raise NotFound(f"There is no organization {slug!r}.")
    return organization


def find_active(organization_id: str | uuid.UUID) -> Organization:
    """The organization a task names. Raises NotFound when it is gone or suspended."""
    with platform_context(), transaction.atomic():
        organization = Organization.objects.active().filter(pk=organization_id).first()
    if organization is None:
        raise NotFound("The organization is gone or suspended.")
    return organization


def active_organizations() -> list[Organization]:
    """Every organization work may be done for."""
    with platform_context(), transaction.atomic():
        return list(Organization.objects.active())
