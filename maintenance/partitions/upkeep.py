"""Partition upkeep of one place after another: ``public``, then each organization."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from aviation.common.errors import DomainError
from aviation.tenants.context import BoundOrganization, platform_context, tenant_context
from aviation.tenants.lookup import active_organizations
from aviation.tenants.models import Organization
from aviation.tenants.schemas import OWNER
from maintenance.partitions.applying import apply_step
from maintenance.partitions.planning import Step, plan_schema

logger = structlog.get_logger("dbx.partitions")


@dataclass(frozen=True, slots=True)
class Place:
    """Where partitioned tables stand: an organization's schema, or ``public`` for None."""

    organization: Organization | None

    @property
    def name(self) -> str:
        return self.organization.slug if self.organization else "public"


def every_place() -> list[Place]:
    return [Place(None), *(Place(each) for each in active_organizations())]


def plan_place(place: Place, today: datetime | None = None) -> list[Step]:
    """What is to be done there; empty where all is well."""
    using = OWNER if OWNER in connections else DEFAULT_DB_ALIAS
    day = (today or datetime.now(UTC)).date()
    with _bound(place) as organization, transaction.atomic(using=using):
        schema = organization.schema_name if organization else "public"
        with connections[using].cursor() as cursor:
            return plan_schema(cursor, schema, organization, day)


def apply_to(place: Place, steps: list[Step]) -> list[tuple[Step, str]]:
    """Take the steps, one failing stops no other; answers those that failed, and why."""
    failed = []
    with _bound(place) as organization:
        for step in steps:
            try:
                apply_step(step, organization)
            except DomainError as error:
                failed.append((step, error.message))
    return failed


def keep_partitions() -> int:
    """Do what this process may, everywhere; the rest is an ERROR in the log. Answers the latter.

    One organization that cannot be looked at is told, and stops no other.
    """
    left = 0
    for place in every_place():
        try:
            steps = plan_place(place)
            failed = apply_to(place, steps)
        except Exception:
            # The edge of the process: the other organizations' partitions must not wait for this.
            logger.exception("partitions not looked at", place=place.name)
            left += 1
            continue
        for step, reason in failed:
            logger.error("partition not as it should be", place=place.name, step=str(step),
                         reason=reason)  # fmt: skip
        left += len(failed)
    return left


@contextmanager
def _bound(place: Place) -> Iterator[BoundOrganization | None]:
    if place.organization is None:
        with platform_context():
            yield None
    else:
        with tenant_context(place.organization) as bound:
            yield bound
