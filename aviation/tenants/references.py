"""No row of one organization points at a row of another.

Inside a schema a foreign key cannot lead out of it: it names its own schema's table. Those that
lead to a shared table (a flight's pilot is a membership) are checked by PostgreSQL without regard
to row level security, so each gets a trigger that also asks for the organization. And a shared
row, once written, never changes its organization.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from aviation.tenants.context import BoundOrganization
from aviation.tenants.policies import SHARED_TABLES

GUARD = "same_organization"
ORG_LOCK = "organization_never_changes"


@dataclass(frozen=True, slots=True)
class OutwardReference:
    """A foreign key from an organization's table to a shared table."""

    schema: str
    table: str
    column: str
    shared_table: str
    has_organization: bool
    """Whether the shared table says which organization a row belongs to."""
    is_guarded: bool

    @property
    def guard(self) -> str:
        return f"{GUARD}_{self.column}"


_OUTWARD = """
SELECT n.nspname, c.relname, a.attname, r.relname,
       EXISTS (SELECT 1 FROM pg_attribute o
               WHERE o.attrelid = r.oid AND o.attname = 'org_id' AND NOT o.attisdropped),
       EXISTS (SELECT 1 FROM pg_trigger t
               WHERE t.tgrelid = c.oid AND t.tgname = %s || '_' || a.attname
                 AND t.tgenabled = 'O')
FROM pg_constraint f
JOIN pg_class c ON c.oid = f.conrelid AND NOT c.relispartition
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = f.confrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (f.conkey)
WHERE f.contype = 'f' AND n.nspname = ANY (%s) AND r.relnamespace <> c.relnamespace
ORDER BY 1, 2, 3
"""
_UNLOCKED = """
SELECT c.relname FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition
  AND NOT EXISTS (SELECT 1 FROM pg_trigger t
                  WHERE t.tgrelid = c.oid AND t.tgname = %s AND t.tgenabled = 'O')
"""


def outward_references(cursor: Any, schemas: Sequence[str]) -> list[OutwardReference]:
    """Every foreign key that leads out of one of the schemas."""
    cursor.execute(_OUTWARD, [GUARD, list(schemas)])
    return [OutwardReference(*row) for row in cursor.fetchall()]


def missing_guards(cursor: Any, organization: BoundOrganization) -> Iterator[sql.Composed]:
    """The statements that make the triggers which are absent or switched off."""
    for reference in outward_references(cursor, [organization.schema_name]):
        if not reference.has_organization or reference.is_guarded:
            continue
        table = sql.Identifier(organization.schema_name, reference.table)
        trigger, column = sql.Identifier(reference.guard), sql.Identifier(reference.column)
        yield sql.SQL("DROP TRIGGER IF EXISTS {} ON {}").format(trigger, table)
        yield sql.SQL(
            "CREATE TRIGGER {} AFTER INSERT OR UPDATE OF {} ON {} FOR EACH ROW"
            " EXECUTE FUNCTION public.require_same_organization({}, {}, {})"
        ).format(
            trigger,
            column,
            table,
            sql.Literal(reference.column),
            sql.Literal(reference.shared_table),
            sql.Literal(str(organization.id)),
        )


def unlocked_tables(cursor: Any) -> list[str]:
    """Shared tables whose rows the application could still move to another organization."""
    cursor.execute(_UNLOCKED, [ORG_LOCK])
    changeable = {access.table for access in SHARED_TABLES if "UPDATE" in access.app}
    return [row[0] for row in cursor.fetchall() if row[0] in changeable]


def missing_org_locks(cursor: Any) -> Iterator[sql.Composed]:
    """The statements that make the triggers which are absent or switched off."""
    for name in unlocked_tables(cursor):
        table, trigger = sql.Identifier("public", name), sql.Identifier(ORG_LOCK)
        yield sql.SQL("DROP TRIGGER IF EXISTS {} ON {}").format(trigger, table)
        yield sql.SQL(
            "CREATE TRIGGER {} BEFORE UPDATE OF org_id ON {} FOR EACH ROW"
            " EXECUTE FUNCTION public.refuse_change_of_organization()"
        ).format(trigger, table)
