"""Migrating all organizations, one transaction each, on the owner's connection.

An organization whose fingerprint says that it is up to date costs nothing. One whose tables are
in use for longer than the lock limit is passed over and tried again later; any other failure is
reported and stops nobody else. A killed run has done what it has done: the next does the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connections, transaction

from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import platform_context
from aviation.tenants.limits import time_limits
from aviation.tenants.models import Organization, SchemaState
from aviation.tenants.retry import is_conflict
from aviation.tenants.schemas import OWNER, Migrator

LOCK_PATIENCE_S = 3.0
"""How long a statement waits for its lock; every request for the table waits behind it."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
"""Between tries while others hold the tables."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Failure:
    organization: Organization
    reason: str


def pending_organizations(fingerprint: str | None) -> list[Organization]:
    """Those not known to be as the fingerprint says; all of them when it is None.

    An organization that is being removed is left alone.
    """
    with platform_context(), transaction.atomic(using=OWNER):
        states = SchemaState.objects.using(OWNER).filter(fingerprint=fingerprint)
        ready = set(states.values_list("schema_name", flat=True))
        organizations = Organization.objects.using(OWNER).exclude(status=OrganizationStatus.CLOSED)
        return [each for each in organizations.order_by("slug") if each.schema_name not in ready]


def migrate_organizations(
    organizations: Sequence[Organization],
    migrator: Migrator,
    *,
    tell: Tell,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Failure]:
    """Migrate all of them; answers those that could not be."""
    left, failures = list(organizations), []
    done, total = 0, len(left)
    for pause_s in (*PAUSES_S, None):
        in_use: list[Failure] = []
        for organization in left:
            failure, is_temporary = _migrate(organization, migrator)
            if failure is None:
                done += 1
                tell(f"  [{done}/{total}] {organization.slug}")
            elif is_temporary and pause_s is not None:
                in_use.append(failure)
                tell(f"  {organization.slug}: in use, tried again in {pause_s:.0f} s")
            else:
                failures.append(failure)
                tell(f"  {organization.slug}: failed. {failure.reason}")
        if not in_use or pause_s is None:
            return failures
        left = [failure.organization for failure in in_use]
        sleep(pause_s)
    return failures


def _migrate(organization: Organization, migrator: Migrator) -> tuple[Failure | None, bool]:
    """The failure, if any, and whether trying again may help."""
    try:
        with time_limits(lock_s=LOCK_PATIENCE_S, statement_s=0):
            migrator.migrate(organization)
    except Exception as error:  # the edge of one organization's work: whatever it is, others go on
        connections[OWNER].close_if_unusable_or_obsolete()
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return Failure(organization, reason), is_conflict(error)
    return None, False
