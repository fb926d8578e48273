"""T7: a partition addressed by its own name gives nothing and takes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from aviation.tenants.catalogue import organization_schemas, read_relations
from aviation.tenants.context import tenant_context
from tests.conftest import Cast


def leaves(cursor: Any) -> list[str]:
    schemas = ["public", *organization_schemas(cursor)]
    return [each.full_name for each in read_relations(cursor, schemas) if each.is_partition]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM {}",
        "INSERT INTO {} DEFAULT VALUES",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "LOCK TABLE {}",
        "COPY {} TO STDOUT",
    ],
)
def test_leaf_is_refused_by_name(standing: tuple[Cast, Cast], owner: Any, statement: str) -> None:
    """Every leaf there is, one's own bound organization's too, and one made a moment ago."""
    mine = standing[0].organization
    with tenant_context(mine), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_ensure_partition('2026-05-01')")
    names = leaves(owner)
    assert f"{mine.schema_name}.telemetry_point_y2026m05" in names
    for name in names:
        with (
            tenant_context(mine),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(name))


def test_leaf_made_at_run_time_carries_forced_policies(
    standing: tuple[Cast, Cast], owner: Any
) -> None:
    """Should a grant ever be given by mistake, the policies still stand."""
    mine, theirs = (cast.organization for cast in standing)
    leaf = f"{mine.schema_name}.telemetry_point_y2026m03"
    owner.execute(f"GRANT SELECT ON {leaf} TO dbx_app")
    with tenant_context(mine):
        owner.execute(f"SELECT count(*) FROM {leaf}")
        assert owner.fetchone() == (3,)
    with tenant_context(theirs):
        owner.execute(f"SELECT count(*) FROM {leaf}")
        assert owner.fetchone() == (0,)


def test_partition_is_not_made_for_another_organization(standing: tuple[Cast, Cast]) -> None:
    mine, theirs = (cast.organization for cast in standing)
    with (
        tenant_context(mine),
        pytest.raises(ProgrammingError, match="another organization is bound"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"SELECT {theirs.schema_name}.telemetry_ensure_partition('2026-06-01'::date)"
        )
