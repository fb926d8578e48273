"""The catalogue is as declared, and whatever is not gets found."""

from __future__ import annotations

import json
import uuid
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections, transaction

from aviation.tenants.catalogue import TABLE_KINDS, organization_schemas, read_relations
from aviation.tenants.context import BoundOrganization, platform_context, tenant_context
from aviation.tenants.inspection import find_faults
from aviation.tenants.models import Organization
from aviation.tenants.policies import APP_ROLE, Policy
from aviation.tenants.schemas import OWNER
from aviation.tenants.securing import secure_public, secure_schema
from aviation.tenants.views import show_materialized_view
from tests.conftest import Cast


def bound(organization: Organization) -> BoundOrganization:
    return BoundOrganization(organization.id, organization.slug, organization.schema_name)


def codes(cursor: Any) -> set[str]:
    return {fault.code for fault in find_faults(cursor)}


def test_catalogue_is_as_declared(standing: tuple[Cast, Cast], owner: Any) -> None:
    """T8, T13: run-time partitions, views and functions included."""
    assert find_faults(owner) == []


def test_every_table_with_an_organization_is_forced_and_restricted(
    standing: tuple[Cast, Cast], owner: Any
) -> None:
    """T8, read straight from the catalogue."""
    schemas = ["public", *organization_schemas(owner)]
    tables = [
        each
        for each in read_relations(owner, schemas)
        if each.kind in TABLE_KINDS and (each.has_organization_column or each.schema != "public")
    ]
    assert len(tables) > 20
    for table in tables:
        restrictive = [policy for policy in table.policies if policy[1]]
        assert table.is_secured, table.full_name
        assert table.is_forced, table.full_name
        assert restrictive, table.full_name


def test_application_role_owns_nothing_and_has_no_power(owner: Any) -> None:
    """T8"""
    owner.execute(
        "SELECT rolsuper, rolbypassrls,"
        " (SELECT count(*) FROM pg_class WHERE relowner = r.oid AND relpersistence <> 't')"
        " FROM pg_roles r WHERE rolname = %s",
        [APP_ROLE],
    )
    assert owner.fetchone() == (False, False, 0)


def test_application_role_may_not_truncate_refer_or_add_triggers(
    standing: tuple[Cast, Cast], owner: Any
) -> None:
    schemas = ["public", *organization_schemas(owner)]
    held = {
        privilege.partition("(")[0]
        for each in read_relations(owner, schemas)
        for role, privilege in each.grants
        if role == APP_ROLE and each.kind != "S"
    }
    assert held <= {"SELECT", "INSERT", "UPDATE", "DELETE"}


AIRCRAFT = "{schema}.fleet_aircraft"
BREAKS = [
    ("not_forced", f"ALTER TABLE {AIRCRAFT} NO FORCE ROW LEVEL SECURITY"),
    ("not_forced", f"ALTER TABLE {AIRCRAFT} DISABLE ROW LEVEL SECURITY"),
    ("policy_missing", f"DROP POLICY org_isolation_policy ON {AIRCRAFT}"),
    ("policy_missing", f"ALTER POLICY org_isolation_policy ON {AIRCRAFT} USING (true)"),
    ("policy_missing", f"ALTER POLICY org_isolation_policy ON {AIRCRAFT} TO dbx_owner"),
    ("policy_missing", f"ALTER POLICY org_isolation_policy ON {AIRCRAFT} WITH CHECK (true)"),
    (
        "policy_missing",
        f"ALTER POLICY org_isolation_policy ON {AIRCRAFT} USING"
        " (nullif(current_setting('app.current_org_id', true), '')::uuid = '{other}'::uuid)",
    ),
    ("policy_missing", f"DROP POLICY org_reader_policy ON {AIRCRAFT}"),
    ("policy_unknown", f"CREATE POLICY extra ON {AIRCRAFT} USING (true)"),
    ("policy_missing", "ALTER POLICY org_isolation_policy ON public.tenants_domain USING (true)"),
    ("grant_unknown", f"GRANT TRUNCATE ON {AIRCRAFT} TO dbx_app"),
    ("grant_unknown", f"GRANT SELECT ON {AIRCRAFT} TO PUBLIC"),
    ("grant_unknown", f"GRANT UPDATE (name) ON {AIRCRAFT} TO dbx_reader"),
    ("grant_unknown", "GRANT SELECT ON {leaf} TO dbx_app"),
    ("grant_missing", f"REVOKE DELETE ON {AIRCRAFT} FROM dbx_app"),
    ("grant_unknown", "GRANT SELECT ON public.tenants_schemascript TO dbx_app"),
    ("not_forced", "CREATE TABLE {schema}.forgotten (id int)"),
    ("undeclared", "CREATE TABLE public.forgotten (id int)"),
    (
        "reference_open",
        "DROP TRIGGER same_organization_pilot_id ON {schema}.flights_flightsession",
    ),
    (
        "reference_open",
        "ALTER TABLE {schema}.flights_flightsession DISABLE TRIGGER same_organization_pilot_id",
    ),
    (
        "reference_open",
        f"ALTER TABLE {AIRCRAFT} ADD maker uuid REFERENCES public.accounts_user (id)",
    ),
    ("trigger_off", "ALTER TABLE {schema}.flights_flightsession DISABLE TRIGGER ALL"),
    ("movable", "DROP TRIGGER organization_never_changes ON public.accounts_membership"),
    ("schema_rights", "GRANT CREATE ON SCHEMA {schema} TO dbx_app"),
    ("schema_rights", "REVOKE USAGE ON SCHEMA {schema} FROM dbx_app"),
    ("no_organization", "CREATE SCHEMA org_00000000000000000000000000000000"),
    ("no_schema", "DROP SCHEMA {schema} CASCADE"),
    ("view_open", f"CREATE VIEW {{schema}}.peek AS SELECT * FROM {AIRCRAFT}"),
    ("view_open", f"CREATE VIEW public.peek AS SELECT * FROM {AIRCRAFT}"),
    (
        "definer_path",
        "CREATE FUNCTION {schema}.peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    ),
    (
        "definer_public",
        "CREATE FUNCTION {schema}.peek() RETURNS int LANGUAGE sql SECURITY DEFINER"
        " SET search_path = pg_catalog AS 'SELECT 1'",
    ),
    (
        "grant_unknown",
        "CREATE MATERIALIZED VIEW {schema}.peek AS SELECT 1 AS one;"
        " GRANT SELECT ON {schema}.peek TO dbx_app",
    ),
    ("role_power", "ALTER ROLE dbx_app BYPASSRLS"),
    ("role_power", "ALTER ROLE dbx_owner BYPASSRLS"),
    ("role_member", "GRANT dbx_owner TO dbx_app"),
    ("owns", f"ALTER TABLE {AIRCRAFT} OWNER TO dbx_app"),
]


@pytest.mark.parametrize(("code", "statement"), BREAKS, ids=[each[1][:60] for each in BREAKS])
def test_deviation_is_found(
    standing: tuple[Cast, Cast], superuser: psycopg.Cursor[Any], code: str, statement: str
) -> None:
    """T8, T12, T13: each of these, done by hand, shows."""
    schema = standing[0].organization.schema_name
    break_it(superuser, standing, statement.replace("{schema}", schema))
    assert code in codes(superuser)


def break_it(cursor: Any, pair: tuple[Cast, Cast], statement: str) -> None:
    leaf = f"{pair[0].organization.schema_name}.telemetry_point_y2026m03"
    cursor.execute(
        statement.replace("{leaf}", leaf).replace("{other}", str(pair[1].organization.id))
    )


MENDED = [
    each
    for each in BREAKS
    if each[0]
    in {
        "not_forced",
        "policy_missing",
        "policy_unknown",
        "grant_unknown",
        "grant_missing",
        "movable",
    }
]


@pytest.mark.parametrize(("code", "statement"), MENDED, ids=[each[1][:60] for each in MENDED])
def test_migrate_mends_deviation(
    standing: tuple[Cast, Cast], owner: Any, code: str, statement: str
) -> None:
    organization = standing[0].organization
    break_it(owner, standing, statement.replace("{schema}", organization.schema_name))
    assert secure_public(owner) + secure_schema(owner, bound(organization)) > 0
    assert find_faults(owner) == []


def test_nothing_is_mended_where_nothing_is_wrong(standing: tuple[Cast, Cast], owner: Any) -> None:
    """So that a migrate without work takes no lock on any table."""
    assert secure_public(owner) + secure_schema(owner, bound(standing[0].organization)) == 0


def test_command_passes_on_a_sound_database(standing: tuple[Cast, Cast]) -> None:
    answer = StringIO()
    call_command("check_isolation", "--json", stdout=answer)
    assert json.loads(answer.getvalue()) == []


def test_command_fails_on_a_fault(committing: None) -> None:
    schema = f"org_{uuid.uuid4().hex}"
    with connections[OWNER].cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
    try:
        answer = StringIO()
        with pytest.raises(CommandError, match="1 faults"):
            call_command("check_isolation", stdout=answer)
        assert f"{schema}: belongs to no organization" in answer.getvalue()
    finally:
        with connections[OWNER].cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {schema}")


def make_view(cast: Cast) -> None:
    """A materialized view of the aircraft, shown to its organization."""
    organization = bound(cast.organization)
    with (
        tenant_context(organization),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        cursor.execute("CREATE MATERIALIZED VIEW fleet_data AS SELECT * FROM fleet_aircraft")
        show_materialized_view(cursor, organization, "fleet")


@pytest.fixture
def viewed(pair: tuple[Cast, Cast]) -> tuple[Cast, Cast]:
    for cast in pair:
        make_view(cast)
    return pair


def count(relation: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {relation}")
        return int(cursor.fetchone()[0])


def test_materialized_view_shows_each_organization_its_own(viewed: tuple[Cast, Cast]) -> None:
    """T12: after a refresh by the owner, each sees its own rows and none of the other's."""
    mine, theirs = (cast.organization for cast in viewed)
    with tenant_context(mine), transaction.atomic(using=OWNER):
        connections[OWNER].cursor().execute("REFRESH MATERIALIZED VIEW fleet_data")
    with tenant_context(mine), transaction.atomic():
        assert count("fleet") == 1
        assert count(f"{theirs.schema_name}.fleet") == 0


def test_materialized_view_itself_is_refused(viewed: tuple[Cast, Cast]) -> None:
    """T12: a direct SELECT by the application role."""
    with (
        tenant_context(viewed[0].organization),
        transaction.atomic(),
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        count("fleet_data")


def test_guarded_view_is_no_fault(viewed: tuple[Cast, Cast], owner: Any) -> None:
    """T13: it is the one kind of view that is not security_invoker."""
    assert find_faults(owner) == []


def test_view_guarded_for_another_organization_is_a_fault(
    viewed: tuple[Cast, Cast], owner: Any
) -> None:
    mine, theirs = (cast.organization for cast in viewed)
    wrong = BoundOrganization(theirs.id, theirs.slug, mine.schema_name)
    show_materialized_view(owner, wrong, "fleet")
    assert codes(owner) == {"view_open"}


def test_declared_policies_have_names_of_their_own() -> None:
    """They are told apart by name when the catalogue is compared."""
    from aviation.tenants.policies import SHARED_TABLES

    for access in SHARED_TABLES:
        policies: tuple[Policy, ...] = access.rules().policies
        names = [policy.name for policy in policies]
        assert len(names) == len(set(names)), access.table


def test_platform_sees_all_organizations_and_no_organization_the_others(
    pair: tuple[Cast, Cast],
) -> None:
    with platform_context(), transaction.atomic():
        assert Organization.objects.count() >= 2
    with tenant_context(pair[0].organization), transaction.atomic():
        assert list(Organization.objects.all()) == [pair[0].organization]
