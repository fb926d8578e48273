"""Rows that hold for the whole installation: everybody reads them, platform work changes them."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.policies import SHARED_TABLES
from tests.conftest import Cast

SET_BY_PLATFORM = [each.table for each in SHARED_TABLES if each.is_set_by_platform]


def touched(table: str) -> int:
    """How many rows an UPDATE of all of them, to what they are, reaches; undone at once."""
    column = {"caching_cachepolicy": "is_on", "maintenance_retentiondefault": "grace_days"}[table]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE public.{table} SET {column} = {column}")
        reached = cursor.rowcount
        cursor.execute(f"SELECT count(*) FROM public.{table}")
        assert cursor.fetchone()[0] > 0
        transaction.set_rollback(True)
    return reached


@pytest.mark.django_db
@pytest.mark.parametrize("table", SET_BY_PLATFORM)
def test_organization_reads_them_and_changes_none(alpha: Cast, table: str) -> None:
    with tenant_context(alpha.organization), transaction.atomic():
        assert touched(table) == 0
    with transaction.atomic():
        assert touched(table) == 0
    with platform_context(), transaction.atomic():
        assert touched(table) > 0
