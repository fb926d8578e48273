"""The story of an accident, and what is asked about it: for the tests of recovery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.db import connections, transaction

from accounts.models import User
from aviation.flights.models import FlightSession
from aviation.telemetry.models import TelemetryPoint
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.inspection import find_faults
from aviation.tenants.models import Organization
from maintenance.recovery.approving import approve
from maintenance.recovery.models import RecoveryRequest
from tests.conftest import Cast
from tests.maintenance.recovery.installations import Installation
from tests.maintenance.recovery.people import ask


@dataclass(frozen=True)
class Story:
    """Two organizations with flights, a backup, and the moment before the accident."""

    place: Installation
    author: User
    second: User
    victim: Cast
    other: Cast
    moment: datetime
    before: dict[str, tuple[int, str]]


def planned(story: Story, organization: Organization) -> RecoveryRequest:
    asked = ask(story.author, organization.slug, target_at=story.moment)
    return story.place.runner.plan(asked.pk)


def approved(story: Story, asked: RecoveryRequest) -> RecoveryRequest:
    return approve(
        request_id=asked.pk, actor=story.second, plan_sha256=asked.plan_sha256, has_proved=True
    )


def recovered(story: Story, organization: Organization) -> RecoveryRequest:
    asked = approved(story, planned(story, organization))
    return story.place.runner.run(asked.pk)


def counts(organization: Organization) -> tuple[int, int]:
    """Flights and points as the application sees them."""
    with tenant_context(organization), transaction.atomic():
        return FlightSession.objects.count(), TelemetryPoint.objects.count()


def faults() -> list[Any]:
    with (
        platform_context(),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        return list(find_faults(cursor))


def generation(story: Story, organization: Organization) -> int:
    return int(
        story.place.cluster.ask(
            "SELECT coalesce(sum(changes), 0) FROM caching_change WHERE org_id = %s",
            organization.pk,
        )
    )


def audit_head(story: Story) -> tuple[int, str]:
    with psycopg.connect(story.place.cluster.dsn) as connection:
        row = connection.execute(
            "SELECT max(id), md5(string_agg(e::text, '' ORDER BY id)) FROM audit_event e"
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def is_held(story: Story, asked: RecoveryRequest) -> bool:
    """Whether the server has yet to notice that whoever had the request is gone."""
    held = "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
    return bool(story.place.cluster.ask(held, asked.pk))


def kill_at(story: Story, asked: RecoveryRequest, words: str) -> None:
    """Run it in a process of its own and end that by SIGKILL when it says these words."""
    with story.place.command("recovery", "run", str(asked.pk)) as run:
        assert run.stdout is not None
        assert any(line.startswith(words) for line in run.stdout)
        run.kill()
    story.place.cluster.wait_for(lambda: not is_held(story, asked), "the end of its transaction")
