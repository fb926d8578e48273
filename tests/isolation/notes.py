"""Whether an organization has what the next release's migration brings."""

from __future__ import annotations

from django.db import connections, transaction

from aviation.tenants.context import tenant_context
from aviation.tenants.models import Organization
from aviation.tenants.schemas import OWNER

NEXT = "aircraft_note"


def has_note(organization: Organization) -> bool:
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'note'",
            [f"{organization.schema_name}.fleet_aircraft"],
        )
        return cursor.fetchone() is not None


def times_noted(organization: Organization) -> int:
    with tenant_context(organization), transaction.atomic(using=OWNER):
        cursor = connections[OWNER].cursor()
        cursor.execute("SELECT count(*) FROM django_migrations WHERE name = %s", [NEXT])
        return int(cursor.fetchone()[0])
