"""T23: searching a shared table reads one's own rows, not everybody's.

Scaled to 200,000 rows of 100 organizations: two million take a minute to write. What is proven
does not depend on how many rows the others have, nor on the machine: the plan starts from the
organization's own part of an index and reads no row of anybody else's.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import psycopg
import pytest

from aviation.audit.models import AuditEvent
from aviation.tenants.postgresql.binding import Binding

ROWS, ORGANIZATIONS = 200_000, 100
MINE = uuid.UUID("00000000-0000-4000-8000-000000000042")


@pytest.fixture
def crowded(superuser: psycopg.Cursor[Any]) -> psycopg.Cursor[Any]:
    """The audit trail with events of 100 organizations, read as the application role."""
    superuser.execute(
        "INSERT INTO audit_event (org_id, action, table_name, object_id)"
        " SELECT ('00000000-0000-4000-8000-' || lpad((n %% %s)::text, 12, '0'))::uuid,"
        " 'update', 'aircraft', n::text FROM generate_series(1, %s) n",
        [ORGANIZATIONS, ROWS],
    )
    superuser.execute("ANALYZE audit_event")
    superuser.execute(Binding("", MINE).as_sql())
    superuser.execute("SET LOCAL ROLE dbx_app")
    return superuser


def search(text: str) -> tuple[str, tuple[Any, ...]]:
    """What the audit trail's page asks the database."""
    found = AuditEvent.objects.of_organization(MINE).filter(object_id__contains=text)
    sql, params = found[:50].query.sql_with_params()
    return sql, params


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


@pytest.mark.slow
def test_search_starts_from_the_organizations_own_rows(crowded: psycopg.Cursor[Any]) -> None:
    sql, params = search("9042")
    crowded.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)  # type: ignore[arg-type]
    plan = crowded.fetchone()[0]  # type: ignore[index]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    all_nodes = nodes(plan[0]["Plan"])
    read = sum(
        node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
        for node in all_nodes
        if "Relation Name" in node
    )
    assert any("org_id" in node.get("Index Cond", "") for node in all_nodes)
    assert read <= ROWS / ORGANIZATIONS
