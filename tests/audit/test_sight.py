"""Whose events are in sight, and that nobody writes them in another's name."""

from __future__ import annotations

import json
import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from aviation.audit.events import record_event
from aviation.audit.models import AuditEvent
from aviation.fleet.models import Aircraft
from aviation.tenants.context import (
    Origin,
    acting_as,
    coming_from,
    platform_context,
    tenant_context,
)
from tests.conftest import Cast


def organizations_in_sight() -> set[uuid.UUID | None]:
    return set(AuditEvent.objects.values_list("org_id", flat=True).distinct())


def test_organization_sees_its_own_events_only(alpha: Cast, bravo: Cast) -> None:
    for cast in (alpha, bravo):
        with tenant_context(cast.organization):
            Aircraft.objects.create(registration="SIGHT-1")
            assert organizations_in_sight() == {cast.organization.id}


def test_platform_sees_all_events(alpha: Cast, bravo: Cast) -> None:
    with platform_context():
        seen = organizations_in_sight()
    assert {alpha.organization.id, bravo.organization.id, None} <= seen


def test_nobody_bound_sees_nothing(alpha: Cast) -> None:
    assert not AuditEvent.objects.exists()


def test_person_s_events_are_out_of_an_organization_s_sight(alpha: Cast) -> None:
    """A person may belong to several organizations: none may read what happened in another."""
    with tenant_context(alpha.organization):
        assert not AuditEvent.objects.filter(table_name="person").exists()


def test_membership_s_events_are_its_organization_s(alpha: Cast, bravo: Cast) -> None:
    membership_id = str(alpha.members["pilot"].pk)
    with tenant_context(alpha.organization):
        assert AuditEvent.objects.of_object("membership", membership_id).exists()
    with tenant_context(bravo.organization):
        assert not AuditEvent.objects.of_object("membership", membership_id).exists()


def test_named_event_is_stamped_from_the_binding(alpha: Cast, bravo: Cast) -> None:
    actor = uuid.uuid4()
    with (
        tenant_context(bravo.organization),
        acting_as(actor),
        coming_from(Origin("192.0.2.1", "request-1")),
    ):
        record_event(
            "export.made",
            table_name="flight",
            object_id="7",
            reason="handed over",
            details={"org_id": str(alpha.organization.id), "actor_id": "somebody else"},
        )
        event = AuditEvent.objects.get(action="export.made")
    assert (event.org_id, event.actor_id) == (bravo.organization.id, actor)
    assert (event.actor_kind, event.address, event.request_id) == (
        "person",
        "192.0.2.1",
        "request-1",
    )
    assert (event.table_name, event.object_id, event.reason) == ("flight", "7", "handed over")


@pytest.mark.parametrize("action", ["insert", "update", "delete", "Insert", "", "insert."])
def test_row_s_event_cannot_be_claimed(in_alpha: Cast, action: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        record_event(action, table_name="aircraft", object_id="x")


@pytest.mark.parametrize(
    ("object_id", "reason", "details"),
    [("x" * 2_000, "", {}), ("", "x" * 9_000, {}), ("", "", {"text": "x" * 40_000})],
)
def test_too_large_an_event_is_refused(
    in_alpha: Cast, object_id: str, reason: str, details: dict[str, str]
) -> None:
    arguments = ["some.event", "aircraft", object_id, reason, json.dumps(details)]
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="too large"):
        cursor.execute("SELECT audit_append(%s, %s, %s, %s, %s)", arguments)


def test_named_event_goes_with_its_transaction(in_alpha: Cast) -> None:
    with transaction.atomic():
        record_event("export.made")
        transaction.set_rollback(True)
    assert not AuditEvent.objects.filter(action="export.made").exists()


def test_texts_from_outside_are_made_harmless(in_alpha: Cast) -> None:
    record_event("some.event", reason="a\r\nb\x1b[31m\x00\ud800" + "x" * 10_000)
    reason = AuditEvent.objects.get(action="some.event").reason
    assert reason.isprintable()
    assert len(reason) == 500
    assert reason.startswith("a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b")


def test_outsider_s_write_is_recorded_in_the_organization_it_reached(
    alpha: Cast, bravo: Cast
) -> None:
    """The event follows the schema the row lies in, whatever was bound in between."""
    with tenant_context(alpha.organization):
        aircraft = Aircraft.objects.create(registration="OWN-1")
    with tenant_context(bravo.organization):
        assert not AuditEvent.objects.of_object("aircraft", aircraft.pk).exists()
    with tenant_context(alpha.organization):
        assert AuditEvent.objects.of_object("aircraft", aircraft.pk).count() == 1
