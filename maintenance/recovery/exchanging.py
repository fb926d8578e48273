"""Putting the copied schema in the place of the organization's own, and back again.

What must never happen: another organization's row touched, the audit trail taken back, or
something written after the plan was made lost without a word. So it is one transaction: everybody
who writes to the organization's tables has ended, what is there is once more what the plan says,
the former tables are kept under another name, cached values count as old, numbers given out since
are not given out again, and the event is written with it, or none of it happens.
"""

from __future__ import annotations

import json

from psycopg import sql

from aviation.common.errors import Conflict
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import BoundOrganization
from aviation.tenants.policies import APP_ROLE, READER_ROLE
from aviation.tenants.securing import secure_schema
from maintenance.recovery.asking import TABLE
from maintenance.recovery.comparing import Connection, contents_of, tables_in
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.plans import TableThen, tables_of

WRITERS_PATIENCE_S = 60
UNDO_DAYS = 7
_SEQUENCES = """
SELECT n.sequencename, greatest(n.last_value, coalesce(o.last_value, 0))
FROM pg_sequences n LEFT JOIN pg_sequences o
     ON o.schemaname = %s AND o.sequencename = n.sequencename
WHERE n.schemaname = %s AND coalesce(o.last_value, n.last_value) IS NOT NULL
"""
_CHANGED = "INSERT INTO public.caching_change (org_id, topic) SELECT %s, unnest(%s::text[])"
_DONE = """
UPDATE public.maintenance_recoveryrequest
SET state = 'done', finished_at = clock_timestamp(), problem = '',
    undo_until = clock_timestamp() + make_interval(days => %s)
WHERE id = %s AND state = 'running'
"""
_UNDONE = """
UPDATE public.maintenance_recoveryrequest
SET state = 'undone', undo_until = NULL WHERE id = %s AND state = 'done'
"""


def exchange(live: Connection, asked: RecoveryRequest, topics: list[str]) -> None:
    """Exchange what arrived, and was compared, for what is there. Raises Conflict."""
    tables = tables_of(asked.plan)
    with live.transaction():
        bind(live, asked)
        _shut_out_writers(live, asked)
        _require_unchanged(live, asked, now=True)
        _keep_numbers(live, asked.schema_name, asked.incoming_schema)
        _swap(live, asked, asked.incoming_schema, asked.former_schema)
        _note(live, asked, topics, "recovery.exchanged", _in_words(tables))
        _require_one(live.execute(_DONE, [UNDO_DAYS, asked.pk]).rowcount)


def undo(live: Connection, asked: RecoveryRequest, topics: list[str]) -> None:
    """Put back what was there before. Raises Conflict where something was written since."""
    with live.transaction():
        bind(live, asked)
        row = live.execute("SELECT to_regnamespace(%s)", [asked.former_schema]).fetchone()
        if row == (None,):
            raise Conflict("What was there before is not kept any more.")
        _shut_out_writers(live, asked)
        _require_unchanged(live, asked, now=False)
        _keep_numbers(live, asked.schema_name, asked.former_schema)
        _swap(live, asked, asked.former_schema, asked.incoming_schema)
        live.execute(
            sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(asked.incoming_schema))
        )
        _note(live, asked, topics, "recovery.undone", {})
        _require_one(live.execute(_UNDONE, [asked.pk]).rowcount)


def bind(live: Connection, asked: RecoveryRequest) -> None:
    """Say for whom, and that it is this command's work, as the application's transactions do."""
    for name, value in (
        ("app.current_org_id", asked.organization_id),
        ("app.work", "recovery run"),
        ("lock_timeout", f"{WRITERS_PATIENCE_S}s"),
    ):
        live.execute("SELECT set_config(%s, %s, true)", [name, str(value)])


def _shut_out_writers(live: Connection, asked: RecoveryRequest) -> None:
    """Wait for those at it to end, and let nobody begin; others' tables are not touched."""
    row = live.execute(
        "SELECT status FROM public.tenants_organization WHERE id = %s FOR SHARE",
        [asked.organization_id],
    ).fetchone()
    if row != (OrganizationStatus.SUSPENDED.value,):
        raise Conflict(f"{asked.organization_slug} is not suspended.")
    names = tables_in(live, asked.schema_name)
    places = sql.SQL(", ").join(sql.Identifier(asked.schema_name, name) for name in names)
    live.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(places))


def _require_unchanged(live: Connection, asked: RecoveryRequest, *, now: bool) -> None:
    """Raise unless the tables hold what the plan says of now, or of then."""
    held = contents_of(live, asked.schema_name)
    for each in tables_of(asked.plan):
        planned = (each.rows_now, each.digest_now) if now else (each.rows_then, each.digest_then)
        found = held.get(each.table)
        if found is None or (found.rows, found.digest) != planned:
            raise Conflict(
                f"{each.table} was written to since the {'plan' if now else 'recovery'}."
                " Nothing was done."
            )


def _swap(live: Connection, asked: RecoveryRequest, taking: str, keeping: str) -> None:
    """Rename both schemas and put rights and policies right where the present release asks more."""
    home = sql.Identifier(asked.schema_name)
    for role in (APP_ROLE, READER_ROLE):
        live.execute(sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(home, sql.Identifier(role)))
    rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
    live.execute(rename.format(home, sql.Identifier(keeping)))
    live.execute(rename.format(sql.Identifier(taking), home))
    assert asked.organization_id is not None
    organization = BoundOrganization(
        asked.organization_id, asked.organization_slug, asked.schema_name
    )
    secure_schema(live.cursor(), organization)


def _keep_numbers(live: Connection, here: str, coming: str) -> None:
    """A number that was given out after the moment stands in the audit trail: it stays taken."""
    for name, value in live.execute(_SEQUENCES, [here, coming]).fetchall():
        place = sql.Identifier(coming, name).as_string(live)
        live.execute("SELECT setval(%s, %s)", [place, value])


def _note(
    live: Connection,
    asked: RecoveryRequest,
    topics: list[str],
    action: str,
    details: dict[str, str],
) -> None:
    """The event in the organization's own trail; and what was cached of it is old."""
    live.execute(_CHANGED, [asked.organization_id, topics])
    live.execute(
        "SELECT public.audit_append(%s, %s, %s, %s, %s::jsonb)",
        [action, TABLE, str(asked.pk), asked.reason[:500], _as_json(details, asked)],
    )


def _as_json(details: dict[str, str], asked: RecoveryRequest) -> str:
    return json.dumps(whose(asked) | {"back_to": f"{asked.target_at:%F %T} UTC"} | details)


def whose(asked: RecoveryRequest) -> dict[str, str]:
    """Which two people stand behind it; who gave the command at the terminal nobody knows."""
    return {
        "requested_by": str(asked.requested_by_id),
        "approved_by": str(asked.approved_by_id),
        "plan_sha256": asked.plan_sha256,
    }


def _in_words(tables: list[TableThen]) -> dict[str, str]:
    changed = [each for each in tables if not each.is_same]
    return {each.table: f"{each.rows_now} -> {each.rows_then} rows" for each in changed}


def _require_one(count: int) -> None:
    if count != 1:
        raise Conflict("Somebody else has run, undone or changed it meanwhile.")
