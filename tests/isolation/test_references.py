"""No foreign key reaches another organization, and deleting stays at home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction
from psycopg import sql

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.models import FlightLog, FlightSession
from aviation.tenants.context import tenant_context
from aviation.tenants.models import Organization
from aviation.tenants.references import outward_references
from aviation.tenants.schemas import OWNER
from tests.conftest import Cast


@dataclass(frozen=True)
class ForeignKey:
    name: str
    table: str
    column: str
    parent_schema: str
    parent: str

    @property
    def refusals(self) -> set[str]:
        return {self.name, f"same_organization_{self.column}"}


def foreign_keys(cursor: Any, schema: str) -> list[ForeignKey]:
    cursor.execute(
        "SELECT f.conname, c.relname, a.attname, n.nspname, r.relname FROM pg_constraint f"
        " JOIN pg_class c ON c.oid = f.conrelid AND NOT c.relispartition"
        " JOIN pg_class r ON r.oid = f.confrelid JOIN pg_namespace n ON n.oid = r.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.conkey[1]"
        " WHERE f.contype = 'f' AND f.conparentid = 0 AND c.relnamespace = %s::regnamespace"
        " ORDER BY 1",
        [schema],
    )
    return [ForeignKey(*row) for row in cursor.fetchall()]


def row_of(cursor: Any, key: ForeignKey, theirs: Organization) -> Any:
    """The id of a row of theirs that the key, pointed across, would lead to."""
    if key.parent_schema == "public":
        query = sql.SQL("SELECT id FROM {} WHERE org_id = {}").format(
            sql.Identifier("public", key.parent), sql.Literal(str(theirs.id))
        )
    else:
        query = sql.SQL("SELECT id FROM {}").format(sql.Identifier(theirs.schema_name, key.parent))
    with tenant_context(theirs):
        cursor.execute(query)
        row = cursor.fetchone()
    assert row is not None, f"seeds.py puts no row into {key.parent}"
    return row[0]


def make_easy(cursor: Any, table: sql.Identifier, name: str, key: ForeignKey) -> None:
    """Take every rule off the table but ``key``, so that nothing else refuses the row."""
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass"
        " AND (contype = 'c' OR contype = 'f' AND conname <> %s)",
        [name, key.name],
    )
    for (constraint,) in cursor.fetchall():
        cursor.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(table, sql.Identifier(constraint))
        )
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND attnotnull AND attidentity = '' AND NOT attisdropped AND NOT EXISTS (SELECT 1 FROM"
        " pg_index i WHERE i.indrelid = attrelid AND i.indisprimary AND attnum = ANY (i.indkey))",
        [name],
    )
    for (column,) in cursor.fetchall():
        cursor.execute(
            sql.SQL("ALTER TABLE {} ALTER {} DROP NOT NULL").format(table, sql.Identifier(column))
        )


def key_columns(cursor: Any, name: str) -> dict[str, str]:
    """Columns of the primary key with an expression that makes a new value."""
    cursor.execute(
        "SELECT a.attname, format_type(a.atttypid, -1) FROM pg_index i JOIN pg_attribute a"
        " ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
        " WHERE i.indrelid = %s::regclass AND i.indisprimary AND a.attidentity = ''",
        [name],
    )
    new = {"uuid": "gen_random_uuid()", "timestamp with time zone": "now()"}
    new |= {"bigint": "0", "integer": "0"}
    return {column: new[kind] for column, kind in cursor.fetchall()}


def insert_pointing_at(cursor: Any, schema: str, key: ForeignKey, target: Any) -> None:
    table, name = sql.Identifier(schema, key.table), f"{schema}.{key.table}"
    make_easy(cursor, table, name, key)
    values = {each: sql.SQL(text) for each, text in key_columns(cursor, name).items()}
    values[key.column] = sql.Literal(target)  # type: ignore[assignment]
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            table,
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(values.values()),
        )
    )
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def point(key: ForeignKey, mine: Organization, target_of: Organization) -> None:
    """Try it with the organization bound; nothing of it stays."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        target = row_of(cursor, key, target_of)
        cursor.execute("SELECT telemetry_ensure_partition(current_date)")
        insert_pointing_at(cursor, mine.schema_name, key, target)
        transaction.set_rollback(True, using=OWNER)


def test_no_foreign_key_accepts_a_row_of_another_organization(
    standing: tuple[Cast, Cast],
) -> None:
    """T10: each foreign key of the catalogue, on tables stripped of every other rule."""
    mine, theirs = (cast.organization for cast in standing)
    refused = []
    with tenant_context(mine), transaction.atomic(using=OWNER):
        keys = foreign_keys(connections[OWNER].cursor(), mine.schema_name)
    for key in keys:
        with tenant_context(mine), pytest.raises(IntegrityError) as refusal:
            point(key, mine, theirs)
        cause: Any = refusal.value.__cause__
        assert cause.sqlstate == "23503", key
        assert cause.diag.constraint_name in key.refusals, key
        refused.append(key)
    assert len(refused) == len(keys) >= 9


def test_stripped_table_accepts_a_row_of_its_own_organization(
    standing: tuple[Cast, Cast],
) -> None:
    """The other side of T10: it is the target that is refused there, nothing else."""
    mine = standing[0].organization
    accepted = 0
    with tenant_context(mine), transaction.atomic(using=OWNER):
        keys = foreign_keys(connections[OWNER].cursor(), mine.schema_name)
    for key in keys:
        with tenant_context(mine), transaction.atomic(using=OWNER):
            columns = key_columns(connections[OWNER].cursor(), f"{mine.schema_name}.{key.table}")
        if key.column not in columns:  # else there is a row with that very key already
            with tenant_context(mine):
                point(key, mine, mine)
            accepted += 1
    assert accepted >= 7


def test_every_reference_out_of_a_schema_is_guarded(
    standing: tuple[Cast, Cast], owner: Any
) -> None:
    """T10: those that lead to shared tables are the ones a foreign key alone does not hold."""
    references = outward_references(owner, [standing[0].organization.schema_name])
    assert {each.shared_table for each in references} == {"accounts_membership"}
    assert all(each.is_guarded for each in references)


def test_application_cannot_name_another_organizations_pilot(
    standing: tuple[Cast, Cast],
) -> None:
    mine, theirs = standing
    with (
        tenant_context(mine.organization),
        pytest.raises(IntegrityError, match="not of this organization"),
        transaction.atomic(),
    ):
        FlightSession.objects.update(pilot=theirs.members[Role.PILOT])


def test_bulk_update_cannot_either(standing: tuple[Cast, Cast]) -> None:
    mine, theirs = standing
    with tenant_context(mine.organization), transaction.atomic():
        log = FlightLog.objects.get()
        log.uploaded_by = theirs.members[Role.PILOT]
        with (
            pytest.raises(IntegrityError, match="not of this organization"),
            transaction.atomic(),
        ):
            FlightLog.objects.bulk_update([log], ["uploaded_by"])


def test_membership_cannot_be_moved_to_another_organization(
    standing: tuple[Cast, Cast],
) -> None:
    """Else its flights would point across."""
    mine, theirs = standing
    member = mine.members[Role.PILOT]
    from aviation.tenants.context import platform_context

    with (
        platform_context(),
        pytest.raises(IntegrityError, match="cannot be moved"),
        transaction.atomic(),
    ):
        Membership.objects.filter(pk=member.pk).update(organization=theirs.organization)


def test_policy_refuses_a_shared_row_for_another_organization(
    standing: tuple[Cast, Cast],
) -> None:
    mine, theirs = standing
    with (
        tenant_context(mine.organization),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        Membership.objects.create(
            organization=theirs.organization, user=mine.members[Role.PILOT].user
        )


def digest(cursor: Any, organization: Organization) -> dict[str, Any]:
    """A checksum of every table's rows."""
    with tenant_context(organization):
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition",
            [organization.schema_name],
        )
        sums = {}
        for (table,) in cursor.fetchall():
            cursor.execute(
                sql.SQL(
                    "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
                ).format(sql.Identifier(organization.schema_name, table))
            )
            sums[table] = cursor.fetchone()
        return sums


def test_deleting_a_parent_changes_nothing_of_another_organization(
    standing: tuple[Cast, Cast], owner: Any
) -> None:
    """T11: every table that is referred to, emptied with all that depends on it."""
    mine, theirs = (cast.organization for cast in standing)
    before = digest(owner, theirs)
    assert all(count for count, _ in before.values()), "seeds.py leaves a table empty"
    parents = {
        key.parent
        for key in foreign_keys(owner, mine.schema_name)
        if key.parent_schema == mine.schema_name
    }
    assert len(parents) >= 3
    for parent in sorted(parents):
        with tenant_context(mine), transaction.atomic(using=OWNER):
            owner.execute("SET CONSTRAINTS ALL DEFERRED")
            owner.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(parent)))
            assert owner.rowcount > 0
            assert digest(owner, theirs) == before
            transaction.set_rollback(True, using=OWNER)


def test_deleting_a_flight_through_the_orm_stays_at_home(standing: tuple[Cast, Cast]) -> None:
    """T11: Django's own cascade, as the application role."""
    mine, theirs = (cast.organization for cast in standing)
    with transaction.atomic():
        with tenant_context(mine):
            deleted, _ = FlightSession.objects.all().delete()
        with tenant_context(theirs), connection.cursor() as cursor:
            sums = digest(cursor, theirs)
        transaction.set_rollback(True)
    assert deleted > 3
    assert all(count for count, _ in sums.values())
