"""Showing a materialized view to the organization it belongs to, and to nobody else.

PostgreSQL has no row level security for materialized views, so no role but the owner may read
one. What the application reads is a plain view over it that asks for the bound organization.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection
from psycopg import sql

from aviation.tenants.context import BoundOrganization
from aviation.tenants.policies import APP_ROLE, READER_ROLE, is_own, is_own_reader

DATA_SUFFIX = "_data"


def show_materialized_view(cursor: Any, organization: BoundOrganization, name: str) -> None:
    """Make the view ``name`` over the materialized view ``name_data`` of the schema.

    On the owner's connection; run again, it replaces the view. A reporting tool must besides be
    logged in as the organization's own.
    """
    for statement in showing(organization, name):
        cursor.execute(statement)


def showing(organization: BoundOrganization, name: str) -> Iterator[sql.Composed]:
    """The statements that show it."""
    view = sql.Identifier(organization.schema_name, name)
    data = sql.Identifier(organization.schema_name, name + DATA_SUFFIX)
    app, reader = sql.Identifier(APP_ROLE), sql.Identifier(READER_ROLE)
    yield sql.SQL("REVOKE ALL ON {} FROM PUBLIC, {}, {}").format(data, app, reader)
    yield sql.SQL(
        "CREATE OR REPLACE VIEW {} WITH (security_barrier = true) AS SELECT * FROM {} WHERE {}"
    ).format(view, data, sql.SQL(_guard(organization)))
    yield sql.SQL("GRANT SELECT ON {} TO {}, {}").format(view, app, reader)


def refresh_view(name: str) -> None:
    """Refresh the bound organization's view; readers see the old rows until the commit.

    Call inside a transaction. Raises ProgrammingError for a name that is no view of the
    organization.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.refresh_organization_view(%s)", [name])


def guard_text(cursor: Any, organization: BoundOrganization) -> str:
    """The guard as PostgreSQL writes it into a view's definition."""
    cursor.execute(
        sql.SQL("CREATE TEMPORARY VIEW guard_probe AS SELECT 1 AS one WHERE {}").format(
            sql.SQL(_guard(organization))
        )
    )
    cursor.execute("SELECT pg_get_viewdef('pg_temp.guard_probe'::regclass)")
    text: str = cursor.fetchone()[0]
    cursor.execute("DROP VIEW pg_temp.guard_probe")
    return text.partition("WHERE")[2].strip().rstrip(";")


def _guard(organization: BoundOrganization) -> str:
    is_no_tool = f"NOT pg_has_role(session_user, '{READER_ROLE}', 'MEMBER')"
    return f"({is_own(organization)}) AND ({is_no_tool} OR {is_own_reader(organization)})"
