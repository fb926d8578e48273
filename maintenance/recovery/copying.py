"""Copying an organization's schema out of the restored copy into the running database.

What must never happen: the application, a reporting tool or another organization seeing anything
of it before it is exchanged. It arrives in a schema of its own that no role but the owner may
use, is compared before it is used, and is copied anew when a run is repeated.
"""

from __future__ import annotations

from psycopg import sql

from aviation.common.errors import DomainError
from aviation.tenants.policies import APP_ROLE, READER_ROLE
from maintenance.backup.programs import Programs
from maintenance.recovery.beside import Copy
from maintenance.recovery.comparing import Connection, contents_of, tables_in
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.piping import VIEWS, pipe_schema
from maintenance.recovery.plans import TableThen


class CopyDiffers(DomainError):
    """What arrived is not what was sent; nothing was exchanged."""

    code = "copy_differs"


def set_aside(copy: Copy, asked: RecoveryRequest) -> str:
    """Give the copy's schema its name beside; answers it. Done already, it is left so."""
    name, aside = asked.schema_name, asked.incoming_schema
    found = copy.connection.execute("SELECT to_regnamespace(%s) IS NULL", [aside]).fetchone()
    if found == (True,):
        with copy.connection.transaction():
            for role in (APP_ROLE, READER_ROLE, "public"):
                copy.connection.execute(
                    sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(
                        sql.Identifier(name),
                        sql.SQL("PUBLIC") if role == "public" else sql.Identifier(role),
                    )
                )
            copy.connection.execute(
                sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(
                    sql.Identifier(name), sql.Identifier(aside)
                )
            )
    return aside


def copy_schema(
    copy: Copy, live: Connection, live_dsn: str, programs: Programs, asked: RecoveryRequest
) -> None:
    """Make the schema beside anew, and figures and statistics with it."""
    aside = set_aside(copy, asked)
    drop(live, aside)
    pipe_schema(copy, live_dsn, programs, aside)
    with live.transaction():
        live.execute(
            "SELECT set_config('app.current_org_id', %s, true)", [str(asked.organization_id)]
        )
        for (view,) in live.execute(VIEWS, [aside]).fetchall():
            place = sql.Identifier(aside, view)
            live.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(place))
        for table in tables_in(live, aside):
            live.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(aside, table)))


def require_as_planned(live: Connection, schema: str, tables: list[TableThen]) -> None:
    """Raise CopyDiffers unless the schema holds what the plan says was there then."""
    arrived = contents_of(live, schema)
    for each in tables:
        held = arrived.get(each.table)
        if held is None or (held.rows, held.digest) != (each.rows_then, each.digest_then):
            rows = held.rows if held else "no"
            raise CopyDiffers(
                f"{each.table} arrived with {rows} rows, or others, instead of {each.rows_then}."
            )


def drop(live: Connection, schema: str) -> None:
    live.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
