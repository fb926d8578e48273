"""Legal holds: what they cover goes by no policy, no hand and no closing, at whatever moment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from accounts.choices import Role
from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict, NotAllowed
from aviation.flights.deleting import delete_flight
from aviation.flights.models import FlightSession
from aviation.tenants.closing import finish_closing
from aviation.tenants.context import tenant_context
from maintenance.retention import recycling
from maintenance.retention.choices import BatchState, DataKind, HoldScope
from maintenance.retention.holds import lift_hold, place_hold
from maintenance.retention.models import (
    LegalHold,
    RecycledBatch,
)
from maintenance.retention.planning import make_plan
from maintenance.retention.policies import set_policy
from maintenance.retention.removing import remove
from tests.conftest import Cast
from tests.maintenance.retention.world import (
    NOW,
    OLD,
    admin,
    batches,
    bound,
    flown,
    keep_for,
    later,
    run,
)

FLIGHT_KINDS = [DataKind.TELEMETRY, DataKind.RAW_LOGS, DataKind.FLIGHTS, DataKind.ANALYSES]


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMIN])
def test_only_administrators_set_policies_and_holds(fresh_organization: Cast, role: str) -> None:
    membership = fresh_organization.members[role]
    with bound(fresh_organization):
        with pytest.raises(NotAllowed):
            set_policy(membership=membership, kind=DataKind.FLIGHTS, keep_days=2_000)
        with pytest.raises(NotAllowed):
            place_hold(membership=membership, scope=HoldScope.ORGANIZATION, ground="Case 1")


@pytest.mark.parametrize("scope", list(HoldScope))
def test_hold_keeps_back_what_it_covers(fresh_organization: Cast, scope: HoldScope) -> None:
    flight = flown(fresh_organization)
    what = {HoldScope.AIRCRAFT: fresh_organization.aircraft.pk, HoldScope.FLIGHT: flight.pk}
    for kind in FLIGHT_KINDS:
        keep_for(fresh_organization, kind, 1_200)
    with bound(fresh_organization):
        hold = place_hold(
            membership=admin(fresh_organization), scope=scope, ground="Case 12/2026",
            object_id=what.get(scope),
        )  # fmt: skip
    assert run(fresh_organization).recycled == 0
    with tenant_context(fresh_organization.organization):
        lines = [line for kind in make_plan(NOW).kinds for line in kind.months]
    assert {line.held for line in lines} == {1}
    with bound(fresh_organization):
        lift_hold(membership=admin(fresh_organization), hold=hold)
    assert run(fresh_organization).recycled > 0


@pytest.mark.parametrize("scope", list(HoldScope))
def test_held_flight_is_deleted_by_nobody(fresh_organization: Cast, scope: HoldScope) -> None:
    """The answer names the ground, and one event tells of the attempt."""
    flight = flown(fresh_organization)
    what = {HoldScope.AIRCRAFT: fresh_organization.aircraft.pk, HoldScope.FLIGHT: flight.pk}
    with bound(fresh_organization):
        hold = place_hold(
            membership=admin(fresh_organization), scope=scope, ground="Case 12/2026",
            object_id=what.get(scope),
        )  # fmt: skip
    with pytest.raises(Conflict, match="Case 12/2026"), bound(fresh_organization):
        delete_flight(flight=flight, membership=admin(fresh_organization))
    with bound(fresh_organization):
        assert AuditEvent.objects.filter(action="retention.refused").count() == 1
        lift_hold(membership=admin(fresh_organization), hold=hold)
        delete_flight(flight=flight, membership=admin(fresh_organization))


def test_organization_with_a_hold_is_not_removed(fresh_organization: Cast, tmp_path: Path) -> None:
    slug = fresh_organization.organization.slug
    with bound(fresh_organization):
        hold = place_hold(
            membership=admin(fresh_organization), scope=HoldScope.ORGANIZATION, ground="Case 9"
        )
    with pytest.raises(Conflict, match="Case 9"):
        finish_closing(slug=slug, folder=tmp_path, is_early=True, tell=lambda _: None)
    with bound(fresh_organization):
        lift_hold(membership=admin(fresh_organization), hold=hold)
    finish_closing(slug=slug, folder=tmp_path, is_early=True, tell=lambda _: None)


def test_hold_on_another_flight_keeps_nothing_back(fresh_organization: Cast) -> None:
    flown(fresh_organization)
    other = flown(fresh_organization, seed=2, at=OLD + timedelta(days=40))
    keep_for(fresh_organization, DataKind.FLIGHTS, 1_200)
    with bound(fresh_organization):
        place_hold(
            membership=admin(fresh_organization), scope=HoldScope.FLIGHT, ground="Case",
            object_id=other.pk,
        )  # fmt: skip
    assert run(fresh_organization).recycled == 1
    with bound(fresh_organization):
        assert list(FlightSession.objects.all()) == [other]


def test_hold_placed_in_the_grace_period_keeps_it_in_the_archive(
    fresh_organization: Cast,
) -> None:
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.ANALYSES, 1_200)
    run(fresh_organization)
    with bound(fresh_organization):
        place_hold(
            membership=admin(fresh_organization), scope=HoldScope.ORGANIZATION, ground="Case"
        )
    assert run(fresh_organization, later(60)).removed == 0
    with tenant_context(fresh_organization.organization):
        assert len(make_plan(later(60)).held_back) == 1


def test_hold_that_comes_after_the_plan_is_in_time(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the rows go, and before the archive's copy goes."""
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.ANALYSES, 1_200)
    copy, placed = recycling._copy, []

    def held_after(batch: RecycledBatch) -> object:
        rows = copy(batch)
        if not placed:
            with transaction.atomic():
                placed.append(hold(fresh_organization))
        return rows

    monkeypatch.setattr(recycling, "_copy", held_after)
    assert "legal hold" in run(fresh_organization).failures[0]
    assert batches(fresh_organization) == []
    with bound(fresh_organization):
        lift_hold(membership=admin(fresh_organization), hold=placed[0])
    assert run(fresh_organization).recycled == 1
    with bound(fresh_organization):
        hold(fresh_organization)
    with tenant_context(fresh_organization.organization):
        assert remove(batches(fresh_organization)[0], later(60)) is None
    assert batches(fresh_organization)[0].state == BatchState.RECYCLED


def hold(cast: Cast) -> LegalHold:
    return place_hold(membership=admin(cast), scope=HoldScope.ORGANIZATION, ground="Case")


def test_hold_past_its_last_day_holds_no_more(fresh_organization: Cast) -> None:
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.ANALYSES, 1_200)
    with bound(fresh_organization):
        hold = place_hold(
            membership=admin(fresh_organization), scope=HoldScope.ORGANIZATION, ground="Case"
        )
        hold.until = NOW.date()
        hold.save()
    assert run(fresh_organization, NOW).recycled == 0
    assert run(fresh_organization, later(1)).recycled == 1
