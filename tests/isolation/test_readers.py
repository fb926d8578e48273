"""A reporting tool's login sees its organization, whatever it sets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from aviation.common.errors import Conflict, NotFound, Rejected
from aviation.tenants.inspection import find_faults
from aviation.tenants.models import Organization
from aviation.tenants.readers import add_reader, remove_reader
from tests.conftest import Cast
from tests.isolation.conftest import admin_dsn


@pytest.fixture
def reader(standing: tuple[Cast, Cast]) -> Iterator[psycopg.Connection[Any]]:
    """Logged in as the first organization's tool."""
    slug = standing[0].organization.slug
    name, password = add_reader(slug=slug, tool="bi", admin_dsn=admin_dsn())
    try:
        with log_in(name, password) as connection:
            yield connection
    finally:
        remove_reader(slug=slug, tool="bi", admin_dsn=admin_dsn())


def log_in(user: str, password: str = "") -> psycopg.Connection[Any]:
    server = connections["default"].settings_dict
    return psycopg.connect(
        host=server["HOST"] or None,
        port=server["PORT"] or None,
        dbname=server["NAME"],
        user=user,
        password=password or None,
        autocommit=True,
    )


def count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[call-overload]
    return int(row[0])


def test_reader_sees_its_own_organization_without_setting_anything(
    reader: psycopg.Connection[Any], standing: tuple[Cast, Cast]
) -> None:
    assert count(reader, "fleet_aircraft") == 1
    assert count(reader, "telemetry_point") == 3
    assert count(reader, "tenants_organization") == 1
    assert count(reader, "accounts_membership") == len(standing[0].members)


SETTINGS = [
    "SET app.current_org_id = '{other}'",
    "SET app.platform = 'on'",
    "SET app.current_user_id = '{person}'",
    "SET row_security = off",
    "SET ROLE dbx_reader",
    "SET search_path = {schema}",
]


@pytest.mark.parametrize("statement", SETTINGS)
def test_reader_sees_nothing_of_another_organization(
    reader: psycopg.Connection[Any], standing: tuple[Cast, Cast], statement: str
) -> None:
    other: Organization = standing[1].organization
    reader.execute(
        statement.format(  # type: ignore[arg-type]
            other=other.id,
            person=next(iter(standing[1].members.values())).user_id,
            schema=other.schema_name,
        )
    )
    for table in ("fleet_aircraft", "telemetry_point", "flights_flightsession"):
        assert readable(reader, f"{other.schema_name}.{table}") == 0
    assert readable(reader, f"public.tenants_organization WHERE id = '{other.id}'") == 0
    assert readable(reader, f"public.accounts_membership WHERE org_id = '{other.id}'") == 0


def readable(connection: psycopg.Connection[Any], table: str) -> int:
    """Rows in sight; none when PostgreSQL refuses to answer without its policies."""
    try:
        return count(connection, table)
    except psycopg.errors.InsufficientPrivilege:
        return 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM fleet_aircraft",
        "UPDATE fleet_aircraft SET name = 'x'",
        "SELECT * FROM accounts_user",
        "SELECT * FROM telemetry_point_y2026m03",
        "SELECT telemetry_ensure_partition(current_date)",
        "SET SESSION AUTHORIZATION dbx_app",
        "SET ROLE dbx_app",
        "CREATE TEMPORARY TABLE mine (id int)",
    ],
)
def test_reader_may_do_nothing_else(reader: psycopg.Connection[Any], statement: str) -> None:
    """Also after switching off its read-only setting, which is a courtesy, not a lock."""
    reader.execute("SET default_transaction_read_only = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement)  # type: ignore[arg-type]


def test_common_reader_role_sees_nothing(standing: tuple[Cast, Cast]) -> None:
    """Logged in as dbx_reader itself, with the very settings of an organization."""
    from urllib.parse import unquote, urlsplit

    password = unquote(urlsplit(os.environ["DATABASE_READER_URL"]).password or "")
    organization = standing[0].organization
    with log_in("dbx_reader", password) as connection:
        connection.execute(f"SET app.current_org_id = '{organization.id}'")
        connection.execute("SET app.platform = 'on'")
        assert count(connection, f"{organization.schema_name}.fleet_aircraft") == 0
        assert count(connection, "public.tenants_organization") == 0


def test_reader_is_no_fault(reader: psycopg.Connection[Any], owner: Any) -> None:
    assert find_faults(owner) == []


def test_login_whose_organization_is_gone_is_a_fault(
    reader: psycopg.Connection[Any], superuser: psycopg.Cursor[Any], standing: tuple[Cast, Cast]
) -> None:
    organization = standing[0].organization
    superuser.execute(f"DROP SCHEMA {organization.schema_name} CASCADE")
    superuser.execute("DELETE FROM accounts_membership WHERE org_id = %s", [organization.id])
    superuser.execute("DELETE FROM tenants_organization WHERE id = %s", [organization.id])
    assert {fault.code for fault in find_faults(superuser)} == {"stray_reader"}


def test_login_is_made_once(reader: psycopg.Connection[Any], standing: tuple[Cast, Cast]) -> None:
    with pytest.raises(Conflict):
        add_reader(slug=standing[0].organization.slug, tool="bi", admin_dsn=admin_dsn())


def test_tools_name_must_fit_into_the_roles(standing: tuple[Cast, Cast]) -> None:
    with pytest.raises(Rejected):
        add_reader(slug=standing[0].organization.slug, tool="x; DROP", admin_dsn=admin_dsn())


def test_login_that_is_not_there_cannot_end(standing: tuple[Cast, Cast]) -> None:
    with pytest.raises(NotFound):
        remove_reader(slug=standing[0].organization.slug, tool="none", admin_dsn=admin_dsn())


def test_command_makes_and_ends_a_login(
    standing: tuple[Cast, Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBX_ADMIN_URL", admin_dsn())
    slug, answer = standing[0].organization.slug, StringIO()
    call_command("add_reader", slug, "--tool=cmd", stdout=answer)
    assert f"dbx_reader_{standing[0].organization.id.hex}_cmd" in answer.getvalue()
    call_command("add_reader", slug, "--tool=cmd", "--remove", stdout=answer)
    assert "is gone" in answer.getvalue()


def test_command_needs_the_superuser(
    standing: tuple[Cast, Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBX_ADMIN_URL", raising=False)
    with pytest.raises(CommandError, match="DBX_ADMIN_URL"):
        call_command("add_reader", standing[0].organization.slug)
