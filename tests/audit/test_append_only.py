"""Nobody alters the trail, and the application role adds to it by one function alone."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors, sql

from tests.audit.conftest import ByHand
from tests.conftest import Cast

ALTERING = (
    "UPDATE {} SET reason = 'never happened'",
    "DELETE FROM {}",
    "TRUNCATE {}",
)
ADDING = "INSERT INTO {} (action, table_name, object_id) VALUES ('insert', 'aircraft', 'x')"
COPYING = "COPY {} (action, table_name, object_id) FROM STDIN"
MERGING = (
    "MERGE INTO {} e USING (SELECT 1) s ON false WHEN NOT MATCHED THEN"
    " INSERT (action, table_name, object_id) VALUES ('insert', 'aircraft', 'x')"
)


def tables_of(connection: psycopg.Connection) -> list[str]:
    """The trail and each of its partitions."""
    rows = connection.execute(
        "SELECT 'audit_event' UNION ALL SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = 'audit_event'::regclass"
    ).fetchall()
    return [row[0] for row in rows]


def refused(connection: psycopg.Connection, statement: str, table: str) -> bool:
    """Whether the statement is refused outright, not just without effect."""
    try:
        with connection.transaction():
            connection.execute("SET LOCAL app.platform = 'on'")
            connection.execute(sql.SQL(statement).format(sql.Identifier(table)))
    except (errors.InsufficientPrivilege, errors.FeatureNotSupported):
        return True
    return False


def test_partitions_stand_ahead(by_hand: ByHand) -> None:
    assert len(tables_of(by_hand("owner"))) >= 5  # the trail, this month, the next three


@pytest.mark.parametrize("statement", [*ALTERING, ADDING, COPYING, MERGING])
def test_application_cannot_write_the_trail_or_a_partition(
    casts: dict[str, Cast], by_hand: ByHand, statement: str
) -> None:
    connection = by_hand("app")
    tables = tables_of(connection)
    assert [each for each in tables if not refused(connection, statement, each)] == []


@pytest.mark.parametrize("statement", ALTERING)
@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_owner_and_superuser_are_refused_too(
    casts: dict[str, Cast], by_hand: ByHand, role: str, statement: str
) -> None:
    connection = by_hand(role)
    tables = tables_of(connection)
    assert [each for each in tables if not refused(connection, statement, each)] == []


def test_application_cannot_read_a_partition(casts: dict[str, Cast], by_hand: ByHand) -> None:
    connection = by_hand("app")
    leaves = tables_of(connection)[1:]
    assert [each for each in leaves if not refused(connection, "SELECT * FROM {}", each)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "ALTER TABLE fleet_aircraft DISABLE TRIGGER ALL",
        "ALTER TABLE audit_event DISABLE ROW LEVEL SECURITY",
        "DROP TABLE audit_event",
        "SET session_replication_role = 'replica'",
        "ALTER FUNCTION audit_append OWNER TO dbx_app",
        "CREATE TRIGGER mine AFTER INSERT ON fleet_aircraft EXECUTE FUNCTION audit_inserted('a')",
    ],
)
def test_application_cannot_take_the_trail_apart(
    casts: dict[str, Cast], by_hand: ByHand, statement: str
) -> None:
    connection = by_hand("app")
    schema = sql.Identifier(casts["alpha"].organization.schema_name)
    connection.execute(sql.SQL("SET LOCAL search_path = {}, public").format(schema))
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement)


def test_trigger_setting_of_the_library_switches_nothing_off(
    casts: dict[str, Cast], by_hand: ByHand
) -> None:
    """django-pgtrigger's own triggers could be switched off by anybody with this setting."""
    connection = by_hand("app")
    connection.execute("SET LOCAL app.platform = 'on'")
    connection.execute(
        "SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, true) FROM pg_trigger"
        " WHERE tgrelid = 'accounts_user'::regclass AND NOT tgisinternal"
    )
    connection.execute("UPDATE accounts_user SET full_name = 'Switched off'")
    told = connection.execute(
        "SELECT count(*) FROM audit_event WHERE after ->> 'full_name' = 'Switched off'"
    ).fetchone()
    connection.rollback()
    assert told is not None
    assert told[0] > 0


@pytest.mark.parametrize("function", ["inserted", "updated", "deleted"])
def test_application_cannot_forge_events_by_a_table_of_its_own(
    casts: dict[str, Cast], by_hand: ByHand, function: str
) -> None:
    connection = by_hand("app")
    connection.execute("CREATE TEMPORARY TABLE mine (id text, org_id uuid)")
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute(
            "CREATE TRIGGER forge AFTER INSERT ON mine REFERENCING NEW TABLE AS new_rows"
            f" EXECUTE FUNCTION public.audit_{function}('aircraft', 'id', 'org_id')"
        )


@pytest.mark.parametrize(
    "call",
    [
        "audit_make_partition(now())",
        "audit_protect('pg_temp.mine')",
        "audit_partition_of(now())",
        "audit_organization_of('x')",
    ],
)
def test_application_cannot_call_what_is_not_meant_for_it(
    casts: dict[str, Cast], by_hand: ByHand, call: str
) -> None:
    connection = by_hand("app")
    connection.execute("CREATE TEMPORARY TABLE mine ()")
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute(f"SELECT public.{call}")


def test_audited_table_cannot_be_truncated(casts: dict[str, Cast], by_hand: ByHand) -> None:
    connection = by_hand("superuser")
    schema = sql.Identifier(casts["alpha"].organization.schema_name)
    with pytest.raises(errors.InsufficientPrivilege, match="use DELETE"):
        connection.execute(sql.SQL("TRUNCATE {}.fleet_aircraft CASCADE").format(schema))


def test_definer_functions_pin_their_search_path(casts: dict[str, Cast], by_hand: ByHand) -> None:
    rows = (
        by_hand("owner")
        .execute(
            "SELECT proname, coalesce(array_to_string(proconfig, ' '), ''), prosecdef FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'audit%'"
        )
        .fetchall()
    )
    definers = {name for name, _config, is_definer in rows if is_definer}
    assert definers == {
        "audit_append",
        "audit_deleted",
        "audit_inserted",
        "audit_prepare_partitions",
        "audit_updated",
    }
    unpinned = [name for name, config, _ in rows if "search_path=pg_catalog, pg_temp" not in config]
    assert unpinned == []


def test_application_may_execute_two_functions(casts: dict[str, Cast], by_hand: ByHand) -> None:
    rows = (
        by_hand("owner")
        .execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND proname LIKE 'audit%' AND has_function_privilege('dbx_app', oid, 'EXECUTE')"
        )
        .fetchall()
    )
    assert {row[0] for row in rows} == {"audit_append", "audit_prepare_partitions"}
