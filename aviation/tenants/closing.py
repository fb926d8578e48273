"""Closing an organization: a grace period, a final export, then its removal.

What must never happen: data removed that the export does not hold. From the moment the export
begins, the application role has no way into the schema, and whatever was being written has ended;
nothing is removed before every exported file was read back and found right. Each step can be
killed and run again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connections, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from psycopg import sql

from aviation.common.errors import Conflict
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import acting_as, platform_context, tenant_context
from aviation.tenants.export import (
    FinalExport,
    own_tables,
    shared_tables,
    storage_folder,
    stored_files,
    total_bytes,
    unhurried,
)
from aviation.tenants.limits import time_limits
from aviation.tenants.lookup import find_organization
from aviation.tenants.models import LEAVING, Organization
from aviation.tenants.policies import APP_ROLE, READER_ROLE
from aviation.tenants.schemas import OWNER, drop_schema
from aviation.tenants.services import lock_organization

GRACE_DAYS = 30
WRITERS_PATIENCE_S = 60.0
"""How long running transactions may take to end before sealing gives up."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ClosingPlan:
    """What closing would remove."""

    organization: Organization
    rows: dict[str, int]
    file_count: int
    file_bytes: int


@transaction.atomic
def begin_closing(
    *,
    slug: str,
    grace_days: int = GRACE_DAYS,
    actor_id: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Organization:
    """Let nobody in from now on; the data stays until the grace period has run out."""
    with platform_context(), acting_as(actor_id):
        organization = lock_organization(
            slug, {OrganizationStatus.ACTIVE, OrganizationStatus.SUSPENDED}
        )
        organization.status = OrganizationStatus.CLOSING
        organization.closes_at = (at or timezone.now()) + timedelta(days=grace_days)
        organization.save(update_fields=["status", "closes_at"])
        return organization


@transaction.atomic
def cancel_closing(*, slug: str, actor_id: uuid.UUID | None = None) -> Organization:
    """Back to what it was. Raises Conflict once the final export has begun."""
    with platform_context(), acting_as(actor_id):
        organization = lock_organization(slug, {OrganizationStatus.CLOSING})
        was_suspended = organization.suspended_at is not None
        organization.status = (
            OrganizationStatus.SUSPENDED if was_suspended else OrganizationStatus.ACTIVE
        )
        organization.closes_at = None
        organization.save(update_fields=["status", "closes_at"])
        return organization


def plan_closing(*, slug: str) -> ClosingPlan:
    """Count what the organization has. Raises NotFound."""
    organization = find_organization(slug)
    rows: dict[str, int] = {}
    with (
        unhurried(organization),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        for table in own_tables(organization.schema_name):
            place = sql.Identifier(organization.schema_name, table)
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(place))
            rows[table] = cursor.fetchone()[0]
    folder = storage_folder(organization)
    files = list(stored_files(folder))
    return ClosingPlan(organization, rows, len(files), total_bytes(files, folder))


def finish_closing(
    *, slug: str, folder: Path, is_early: bool = False, at: datetime | None = None, tell: Tell
) -> FinalExport:
    """Export, verify, remove. Raises Conflict before the grace period's end unless ``is_early``,
    and, by settings.ORGANIZATION_REMOVAL_GUARDS, where something forbids it.

    The export lands in ``folder``; killed at any point, the same call goes on.
    """
    found = find_organization(slug)
    for guard in settings.ORGANIZATION_REMOVAL_GUARDS:
        import_string(guard)(found)
    is_exported = FinalExport(found, folder).is_whole
    organization = _mark_closed(slug, is_early, at or timezone.now())
    export = FinalExport(organization, folder)
    if not is_exported:
        tell("Sealing the schema")
        _seal(organization)
    tell(f"Exporting to {folder}")
    export.write(tell)
    tell("Reading the export back")
    export.verify()
    tell("Removing files, schema and memberships")
    _remove_files(organization)
    _remove_rows(organization)
    return export


def due_organizations(*, at: datetime) -> list[Organization]:
    """Those whose grace period has run out, and those whose removal was interrupted."""
    with platform_context(), transaction.atomic():
        return list(Organization.objects.filter(status__in=LEAVING, closes_at__lte=at))


@transaction.atomic
def _mark_closed(slug: str, is_early: bool, at: datetime) -> Organization:
    with platform_context():
        allowed = set(OrganizationStatus) if is_early else set(LEAVING)
        organization = lock_organization(slug, allowed)
        due = organization.closes_at or at
        if due > at and not is_early:
            raise Conflict(f"{organization.name} has grace until {due:%Y-%m-%d %H:%M} UTC.")
        organization.status = OrganizationStatus.CLOSED
        organization.closes_at = min(due, at)
        organization.save(update_fields=["status", "closes_at"])
        return organization


def _seal(organization: Organization) -> None:
    """Shut the application out for good, and wait for what is being written to end."""
    schema = organization.schema_name
    with (
        tenant_context(organization),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        for role in (APP_ROLE, READER_ROLE):
            cursor.execute(
                sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(
                    sql.Identifier(schema), sql.Identifier(role)
                )
            )
    tables = [sql.Identifier(schema, table) for table in own_tables(schema)]
    with (
        time_limits(lock_s=WRITERS_PATIENCE_S, statement_s=0),
        tenant_context(organization),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.SQL(", ").join(tables)))


def _remove_files(organization: Organization) -> None:
    folder = storage_folder(organization)
    for name in list(stored_files(folder)):
        default_storage.delete(f"{folder}/{name}")


def _remove_rows(organization: Organization) -> None:
    """Schema, shared rows and the organization itself, in one transaction."""
    with (
        platform_context(),
        time_limits(statement_s=0),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        drop_schema(organization.schema_name)
        for table in _tables_tied_to_organizations(shared_tables()):
            cursor.execute(
                sql.SQL("DELETE FROM {} WHERE org_id = %s").format(sql.Identifier("public", table)),
                [organization.id],
            )
        Organization.objects.using(OWNER).filter(pk=organization.pk).delete()
        # Last, as each of these deletions is itself a change that was noted.
        cursor.execute("DELETE FROM public.caching_change WHERE org_id = %s", [organization.id])


def _tables_tied_to_organizations(tables: list[str]) -> list[str]:
    """Those with a foreign key to the organization; the audit trail has none and stays."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
            " AND confrelid = 'public.tenants_organization'::regclass"
        )
        tied = {row[0].removeprefix("public.") for row in cursor.fetchall()}
    return [table for table in tables if table in tied]
