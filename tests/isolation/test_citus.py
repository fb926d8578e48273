"""T24: on a Citus coordinator an organization's schema is made and moves like any other."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
from django.db import transaction

from aviation.audit.models import AuditEvent
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.conftest import make_cast


@pytest.fixture
def coordinator(superuser: psycopg.Cursor[Any]) -> None:
    available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'"
    if superuser.execute(available).fetchone() == (0,):
        pytest.skip("this PostgreSQL has no Citus, and neither Debian nor our wheel brings it")
    superuser.execute("CREATE EXTENSION IF NOT EXISTS citus")
    superuser.connection.commit()


def test_organization_is_made_on_a_coordinator(coordinator: None) -> None:
    cast = make_cast(f"citus-{uuid.uuid4().hex[:12]}")
    with tenant_context(cast.organization), transaction.atomic():
        Aircraft.objects.update(name="renamed")
        event = AuditEvent.objects.of_organization(cast.organization.id).first()
    assert event is not None
    assert event.table_name == "aircraft"
