"""T12: the fleet's figures, which PostgreSQL itself would not keep apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connection, connections, transaction

from analytics.models import DailyFlights, ViewRefresh
from analytics.refreshing import FIGURES
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.inspection import find_faults
from aviation.tenants.readers import add_reader, remove_reader
from aviation.tenants.schemas import OWNER
from aviation.tenants.views import refresh_view
from tests.conftest import Cast
from tests.isolation.conftest import admin_dsn
from tests.isolation.seeds import BOOT_AT

VIEWS = (
    "analytics_dailyflights",
    "analytics_dailyanalyses",
    "analytics_dailyanomalies",
    "analytics_dailylevels",
    "analytics_dailypilots",
    "analytics_weeklyspreads",
)


def refresh(cast: Cast) -> None:
    with tenant_context(cast.organization), transaction.atomic():
        for view in VIEWS:
            refresh_view(view)


def flights_of(cast: Cast) -> list[tuple[str, int]]:
    with tenant_context(cast.organization), transaction.atomic():
        rows = DailyFlights.objects.select_related("aircraft").order_by("day")
        return [(row.aircraft.registration, row.flights) for row in rows]


@pytest.fixture
def refreshed(pair: tuple[Cast, Cast]) -> tuple[Cast, Cast]:
    """Two organizations with figures about one flight each."""
    for cast in pair:
        with tenant_context(cast.organization), transaction.atomic():
            FlightSession.objects.update(airborne_s=600.0)
        refresh(cast)
    return pair


def count(relation: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {relation}")
        return int(cursor.fetchone()[0])


def test_each_organization_sees_its_own_figures(refreshed: tuple[Cast, Cast]) -> None:
    for cast in refreshed:
        assert flights_of(cast) == [(cast.aircraft.registration, 1)]


def test_without_a_refresh_the_old_figures_stand(pair: tuple[Cast, Cast]) -> None:
    assert flights_of(pair[0]) == []


@pytest.mark.parametrize("view", VIEWS)
def test_other_organizations_view_shows_nothing(refreshed: tuple[Cast, Cast], view: str) -> None:
    """Named in full, with one's own organization bound, with none, and as the platform."""
    mine, theirs = (cast.organization for cast in refreshed)
    with tenant_context(mine), transaction.atomic():
        assert count(f"{theirs.schema_name}.{view}") == 0
    with transaction.atomic():
        assert count(f"{theirs.schema_name}.{view}") == 0
    with platform_context(), transaction.atomic():
        assert count(f"{theirs.schema_name}.{view}") == 0


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("whose", [0, 1], ids=["own", "another's"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM {}",
        "COPY {} TO STDOUT",
        "LOCK TABLE {}",
        "REFRESH MATERIALIZED VIEW {}",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY {}",
        "DROP MATERIALIZED VIEW {}",
        "ALTER MATERIALIZED VIEW {} RENAME TO mine",
        "CREATE TEMPORARY VIEW mine AS SELECT * FROM {}; SELECT count(*) FROM mine",
    ],
)
def test_stored_rows_are_refused_by_any_name(
    standing: tuple[Cast, Cast], view: str, whose: int, statement: str
) -> None:
    schema = standing[whose].organization.schema_name
    with (
        tenant_context(standing[0].organization),
        pytest.raises(DatabaseError, match=r"permission denied|must be owner|cannot lock"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(f"{schema}.{view}_data"))


NAMES = [
    "{theirs}.analytics_dailyflights",
    '"{theirs}"."analytics_dailyflights"',
    "analytics_dailyflights_data",
    "analytics_dailyflights; DROP TABLE fleet_aircraft",
    "fleet_aircraft",
    "public.analytics_dailyflights",
    "never_was",
    "",
    "a" * 70,
]


@pytest.mark.parametrize("name", NAMES)
def test_only_own_views_are_refreshed(refreshed: tuple[Cast, Cast], name: str) -> None:
    mine, theirs = (cast.organization for cast in refreshed)
    with (
        tenant_context(mine),
        pytest.raises(ProgrammingError, match="has no view"),
        transaction.atomic(),
    ):
        refresh_view(name.format(theirs=theirs.schema_name))


@pytest.fixture
def unseen(refreshed: tuple[Cast, Cast]) -> tuple[Cast, Cast]:
    """The second organization has flown once more, and its figures do not know."""
    theirs = refreshed[1]
    with tenant_context(theirs.organization), transaction.atomic():
        FlightSession.objects.create(
            aircraft=theirs.aircraft, state="completed", started_at=BOOT_AT, ended_at=BOOT_AT
        )
    return refreshed


TRICKS = [
    "SET LOCAL search_path = {theirs}, public",
    "SET LOCAL search_path = pg_temp, {theirs}",
    "CREATE TEMPORARY TABLE pg_class (LIKE pg_catalog.pg_class); SET LOCAL search_path = pg_temp",
    "CREATE FUNCTION pg_temp.replace(text, text, text) RETURNS text LANGUAGE sql"
    " AS $$ SELECT substr('{theirs}', 5) $$; SET LOCAL search_path = pg_temp, pg_catalog",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_bound_organization_cannot_refresh_anothers_view(
    unseen: tuple[Cast, Cast], trick: str
) -> None:
    mine, theirs = unseen
    with (
        tenant_context(mine.organization),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(trick.replace("{theirs}", theirs.organization.schema_name))
        refresh_view("analytics_dailyflights")
    assert flights_of(theirs) == [(theirs.aircraft.registration, 1)]


def test_nothing_is_refreshed_without_an_organization(committing: None) -> None:
    for context in (platform_context, transaction.atomic):
        with (
            context(),
            pytest.raises(ProgrammingError, match="no organization is bound"),
            transaction.atomic(),
        ):
            refresh_view("analytics_dailyflights")


def test_refresh_takes_the_bound_organizations_rows_only(refreshed: tuple[Cast, Cast]) -> None:
    """Also into its own view: nothing of the other's gets into the stored rows."""
    mine = refreshed[0]
    with (
        platform_context(),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        cursor.execute(
            f"SELECT aircraft_id FROM {mine.organization.schema_name}.analytics_dailyflights_data"
        )
        assert cursor.fetchall() == [(mine.aircraft.pk,)]


def test_view_without_rows_yet_is_filled(refreshed: tuple[Cast, Cast]) -> None:
    """As it is after a restore by pg_restore --no-data: CONCURRENTLY would be refused."""
    mine = refreshed[0]
    with tenant_context(mine.organization), transaction.atomic(using=OWNER):
        connections[OWNER].cursor().execute(
            "REFRESH MATERIALIZED VIEW analytics_dailyflights_data WITH NO DATA"
        )
    refresh(mine)
    assert flights_of(mine) == [(mine.aircraft.registration, 1)]


def test_sealed_schema_is_left_alone(refreshed: tuple[Cast, Cast]) -> None:
    """A task that was queued earlier must not hold up the removal."""
    mine = refreshed[0].organization
    with tenant_context(mine), transaction.atomic(using=OWNER):
        connections[OWNER].cursor().execute(f"REVOKE ALL ON SCHEMA {mine.schema_name} FROM dbx_app")
    with (
        tenant_context(mine),
        pytest.raises(ProgrammingError, match="has no view"),
        transaction.atomic(),
    ):
        refresh_view("analytics_dailyflights")
    with tenant_context(mine), transaction.atomic(using=OWNER):
        connections[OWNER].cursor().execute(f"GRANT USAGE ON SCHEMA {mine.schema_name} TO dbx_app")


def test_catalogue_is_as_declared_after_refreshes(refreshed: tuple[Cast, Cast], owner: Any) -> None:
    assert find_faults(owner) == []


def test_new_organization_has_figures_and_their_age(standing: tuple[Cast, Cast]) -> None:
    with tenant_context(standing[0].organization), transaction.atomic():
        assert set(ViewRefresh.objects.values_list("view", flat=True)) == set(VIEWS)
        for model in FIGURES:
            assert list(model._default_manager.all()) == []


def test_aircraft_is_deleted_although_old_figures_name_it(refreshed: tuple[Cast, Cast]) -> None:
    mine = refreshed[0]
    with tenant_context(mine.organization), transaction.atomic():
        spare = Aircraft.objects.create(registration="SPARE")
        flight = FlightSession.objects.create(
            aircraft=spare, state="completed", started_at=BOOT_AT, ended_at=BOOT_AT
        )
    refresh(mine)
    with tenant_context(mine.organization), transaction.atomic():
        flight.delete()
        spare.delete()


# --- reporting tools -------------------------------------------------------------------------


@pytest.fixture
def reader(refreshed: tuple[Cast, Cast]) -> Iterator[psycopg.Connection[Any]]:
    """Logged in as the first organization's tool."""
    slug = refreshed[0].organization.slug
    name, password = add_reader(slug=slug, tool="bi", admin_dsn=admin_dsn())
    try:
        with log_in(name, password) as connection:
            yield connection
    finally:
        remove_reader(slug=slug, tool="bi", admin_dsn=admin_dsn())


def log_in(user: str, password: str) -> psycopg.Connection[Any]:
    server = connections["default"].settings_dict
    return psycopg.connect(
        host=server["HOST"] or None,
        port=server["PORT"] or None,
        dbname=server["NAME"],
        user=user,
        password=password,
        autocommit=True,
    )


def read(connection: psycopg.Connection[Any], text: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {text}").fetchone()  # type: ignore[call-overload]
    return int(row[0])


@pytest.mark.parametrize("view", VIEWS)
def test_reporting_tool_reads_its_organizations_figures_only(
    reader: psycopg.Connection[Any], refreshed: tuple[Cast, Cast], view: str
) -> None:
    expected = 0 if view == "analytics_dailyanomalies" else 1  # the seed's finding is a note
    assert read(reader, view) == expected
    theirs = refreshed[1].organization
    for setting in (
        "SET app.platform = 'on'",
        f"SET app.current_org_id = '{theirs.id}'",
        f"SET search_path = {theirs.schema_name}",
        "SET ROLE dbx_reader",
    ):
        reader.execute(setting)  # type: ignore[arg-type]
        assert read(reader, f"{theirs.schema_name}.{view}") == 0


@pytest.mark.parametrize("whose", [0, 1], ids=["own", "another's"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {schema}.analytics_dailyflights_data",
        "REFRESH MATERIALIZED VIEW {schema}.analytics_dailyflights_data",
        "SELECT public.refresh_organization_view('analytics_dailyflights')",
    ],
)
def test_reporting_tool_may_neither_read_stored_rows_nor_refresh(
    reader: psycopg.Connection[Any], refreshed: tuple[Cast, Cast], whose: int, statement: str
) -> None:
    reader.execute("SET default_transaction_read_only = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(
            statement.format(schema=refreshed[whose].organization.schema_name)  # type: ignore[arg-type]
        )


def test_common_reader_role_sees_no_figures(refreshed: tuple[Cast, Cast]) -> None:
    password = unquote(urlsplit(os.environ["DATABASE_READER_URL"]).password or "")
    organization = refreshed[0].organization
    with log_in("dbx_reader", password) as connection:
        connection.execute(f"SET app.current_org_id = '{organization.id}'")
        assert read(connection, f"{organization.schema_name}.analytics_dailyflights") == 0
