"""A schema is the same whichever way it was made."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from aviation.tenants import schemas
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.fingerprint import organization_labels
from aviation.tenants.models import Organization, SchemaScript, SchemaState
from aviation.tenants.schemas import OWNER, Migrator
from aviation.tenants.services import open_organization
from tests.isolation.catalogue_snapshot import snapshot


def opened() -> Organization:
    return open_organization(slug=f"same-{uuid.uuid4().hex[:12]}", name="Same")


@pytest.fixture
def step_by_step(committing: None) -> Organization:
    """Made by Django's own migration executor."""
    SchemaScript.objects.using(OWNER).all().delete()
    return opened()


def taken(organization: Organization) -> list[str]:
    with (
        platform_context(),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        return snapshot(cursor, organization)


def test_played_back_schema_equals_one_migrated_step_by_step(step_by_step: Organization) -> None:
    """Tables, columns, constraints, indexes, policies, grants, functions, triggers, migrations."""
    assert SchemaScript.objects.using(OWNER).count() == 1
    slow, quick = taken(step_by_step), taken(opened())
    assert len(slow) > 300
    assert quick == slow


def test_schema_migrated_one_release_after_another_equals_a_new_one(
    step_by_step: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each migration run by a transaction of its own, secured in between, as over the years."""
    organization = opened_bare(monkeypatch)
    for label, name in own_migrations_in_order(step_by_step):
        Migrator(targets=[(label, name)]).migrate(organization)
    assert Migrator().migrate(organization) == 0
    ordered, expected = taken(organization), taken(step_by_step)
    # The shared apps' migrations are noted in another order; nothing is made of them.
    assert ordered == expected


def opened_bare(monkeypatch: pytest.MonkeyPatch) -> Organization:
    """An organization without any table yet."""
    SchemaScript.objects.using(OWNER).all().delete()
    with monkeypatch.context() as patch:
        patch.setattr(schemas, "run_migrations", lambda organization: None)
        return opened()


def own_migrations_in_order(organization: Organization) -> list[tuple[str, str]]:
    labels = organization_labels()
    with tenant_context(organization), transaction.atomic(using=OWNER):
        applied = MigrationRecorder(connections[OWNER]).migration_qs.order_by("id")
        return [(each.app, each.name) for each in applied if each.app in labels]


def test_snapshot_sees_a_difference(step_by_step: Organization, owner: Any) -> None:
    """The comparison sees a difference when there is one."""
    before = snapshot(owner, step_by_step)
    owner.execute(
        f"ALTER TABLE {step_by_step.schema_name}.fleet_aircraft ALTER name SET DEFAULT ''"
    )
    assert snapshot(owner, step_by_step) != before


def test_opening_notes_the_state_of_the_schema(step_by_step: Organization) -> None:
    state = SchemaState.objects.using(OWNER).get(pk=step_by_step.schema_name)
    assert state.fingerprint == Migrator().fingerprint
