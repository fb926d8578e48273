"""Opening, suspending, renaming and setting up organizations."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from aviation.common.errors import Conflict, NotFound
from aviation.tenants.choices import OrganizationStatus, SubscriptionTier
from aviation.tenants.context import acting_as, platform_context
from aviation.tenants.models import Organization
from aviation.tenants.retry import run_in_transaction
from aviation.tenants.schemas import OWNER, create_schema, require_owner
from aviation.tenants.tiers import allowance_of


def open_organization(
    *, slug: str, name: str, actor_id: uuid.UUID | None = None, **details: object
) -> Organization:
    """Make an organization, ready for use, or nothing at all.

    ``details`` are further fields of Organization; quota and limits come from its tier unless
    given. Raises ValidationError for bad values and Unavailable in a process without the owner's
    connection.
    """
    require_owner()
    tier = str(details.get("subscription_tier") or SubscriptionTier.STANDARD)
    fields: dict[str, object] = {**allowance_of(tier), **details}
    organization = Organization(slug=slug, name=name, **fields)
    # Checked where it is written: only there does the transaction see all organizations.
    organization._state.db = OWNER

    def open_it() -> None:
        organization.full_clean()
        organization.save(using=OWNER, force_insert=True)
        create_schema(organization)

    with platform_context(), acting_as(actor_id):
        run_in_transaction(open_it, using=OWNER, idempotent=False)
    organization._state.db = "default"
    return organization


@transaction.atomic
def suspend_organization(
    *, slug: str, actor_id: uuid.UUID | None = None, at: datetime | None = None
) -> Organization:
    """Refuse everybody at once; the data stays. Raises NotFound or Conflict."""
    with platform_context(), acting_as(actor_id):
        organization = lock_organization(slug, {OrganizationStatus.ACTIVE})
        organization.status = OrganizationStatus.SUSPENDED
        organization.suspended_at = at or timezone.now()
        organization.save(update_fields=["status", "suspended_at"])
        return organization


@transaction.atomic
def resume_organization(*, slug: str, actor_id: uuid.UUID | None = None) -> Organization:
    """Let a suspended organization in again. Raises NotFound or Conflict."""
    with platform_context(), acting_as(actor_id):
        organization = lock_organization(slug, {OrganizationStatus.SUSPENDED})
        organization.status = OrganizationStatus.ACTIVE
        organization.suspended_at = None
        organization.save(update_fields=["status", "suspended_at"])
        return organization


@transaction.atomic
def rename_organization(
    *,
    slug: str,
    new_slug: str | None = None,
    new_name: str | None = None,
    actor_id: uuid.UUID | None = None,
) -> Organization:
    """Change the code in addresses, the name, or both; schema and files keep theirs.

    The old address answers like any that does not exist. Raises NotFound, Conflict for an
    organization that is closed, and ValidationError for a code that is bad or taken.
    """
    with platform_context(), acting_as(actor_id):
        organization = lock_organization(
            slug, set(OrganizationStatus) - {OrganizationStatus.CLOSED}
        )
        organization.slug = new_slug or organization.slug
        organization.name = new_name or organization.name
        organization.full_clean()
        organization.save(update_fields=["slug", "name"])
        return organization


@transaction.atomic
def set_time_zone(*, slug: str, time_zone: str, actor_id: uuid.UUID | None = None) -> Organization:
    """Keep the organization's days in another time zone.

    Raises NotFound, Conflict for an organization that is closed, and ValidationError.
    """
    with platform_context(), acting_as(actor_id):
        organization = lock_organization(
            slug, set(OrganizationStatus) - {OrganizationStatus.CLOSED}
        )
        organization.time_zone = time_zone
        organization.full_clean()
        organization.save(update_fields=["time_zone"])
        return organization


def lock_organization(slug: str, allowed: Collection[OrganizationStatus]) -> Organization:
    """The organization, locked. Raises NotFound, or Conflict in any other status than allowed.

    Call inside a transaction and platform_context.
    """
    organization = Organization.objects.select_for_update().filter(slug=slug).first()
    if organization is None:
        raise NotFound(f"There is no organization {slug!r}.")
    if organization.status not in allowed:
        raise Conflict(f"{organization.name} is {organization.get_status_display().lower()}.")
    return organization
