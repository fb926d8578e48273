"""A schema is the same whichever way it was made."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from aviation.tenants import schemas
from aviation.tenants.context import BoundOrganization, platform_context, tenant_context
from aviation.tenants.fingerprint import organization_labels
from aviation.tenants.models import Organization, SchemaState
from aviation.tenants.models import SchemaScript as KeptScript
from aviation.tenants.schemas import OWNER, Migrator
from aviation.tenants.scripts import SchemaScript
from aviation.tenants.services import open_organization
from tests.isolation.catalogue_snapshot import snapshot


def opened() -> Organization:
    return open_organization(slug=f"same-{uuid4().hex[:12]}", name="Same")


@pytest.fixture
def step_by_step(committing: None) -> Organization:
    """Made by Django's own migration executor."""
    KeptScript.objects.using(OWNER).all().delete()
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
    assert KeptScript.objects.using(OWNER).count() == 1
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
    KeptScript.objects.using(OWNER).all().delete()
    with monkeypatch.context() as patch:
        patch.setattr(schemas, "run_migrations", lambda organization: None)
        return opened()


def own_migrations_in_order(organization: Organization) -> list[tuple[str, str]]:
    labels = organization_labels()
    with tenant_context(organization), transaction.atomic(using=OWNER):
        applied = MigrationRecorder(connections[OWNER]).migration_qs.order_by("id")
        return [(each.app, each.name) for each in applied if each.app in labels]


def test_script_names_the_organization_it_is_written_for() -> None:
    """Should a migration ever write the organization's name or id into its SQL."""
    first, other = (BoundOrganization(id, "", f"org_{id.hex}") for id in (uuid4(), uuid4()))
    text = f"ALTER TABLE {first.schema_name}.t ADD CHECK (o = '{first.id}' OR r = '{first.id.hex}')"
    script = SchemaScript(first.schema_name, first.id, [], statements=[text])
    assert script.written_for(other) == (
        f"ALTER TABLE {other.schema_name}.t ADD CHECK (o = '{other.id}' OR r = '{other.id.hex}')"
    )


def test_comment_at_a_statements_end_swallows_nothing() -> None:
    organization = BoundOrganization(uuid4(), "", "org_x")
    script = SchemaScript("org_x", organization.id, [], statements=["SELECT 1 -- one", "SELECT 2"])
    assert script.written_for(organization) == "SELECT 1 -- one\n;\nSELECT 2"


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
