"""Spoiling partitions as hands, crashes and other tools do, and looking at what is there."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db import connections, transaction

from aviation.tenants.context import tenant_context
from maintenance.partitions.planning import Step
from maintenance.partitions.tables import following
from maintenance.partitions.upkeep import Place, apply_to, plan_place
from tests.conftest import Cast


def this_month() -> date:
    """Asked each time: a run may begin in one month and end in the next."""
    return datetime.now(UTC).date().replace(day=1)


def plan(cast: Cast) -> list[Step]:
    return plan_place(Place(cast.organization))


def apply(cast: Cast) -> list[tuple[Step, str]]:
    return apply_to(Place(cast.organization), plan(cast))


def codes(cast: Cast) -> list[str]:
    return sorted(step.code for step in plan(cast))


def leaf(months_ahead: int = 0) -> str:
    return f"telemetry_point_y{following(this_month(), months_ahead):%Ym%m}"


def as_owner(cast: Cast, statement: str) -> list[tuple[object, ...]]:
    """Run a statement in the organization's schema, at once."""
    with (
        tenant_context(cast.organization),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def ready(cast: Cast) -> None:
    """All months ahead made, nothing left to do."""
    assert apply(cast) == []
    assert plan(cast) == []
