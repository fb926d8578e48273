"""Real commits, real roles, and 300 organizations in a database of their own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from psycopg import sql

from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from aviation.tenants.schemas import OWNER
from aviation.tenants.services import open_organization
from embedded.bootstrap import bootstrap
from tests.conftest import Cast, _role_passwords, make_cast
from tests.isolation.pgbouncer import PgBouncer, start_pgbouncer
from tests.isolation.seeds import seed_flight

MANY = 300


@pytest.fixture
def committing(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Leave to use every connection, with nothing rolled back."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield
        close_connections()


@pytest.fixture
def owner(committing: None) -> Iterator[Any]:
    """A cursor of the owner's, across organizations; whatever it did is undone."""
    with platform_context(), transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        yield cursor
        transaction.set_rollback(True, using=OWNER)


@pytest.fixture
def superuser(committing: None) -> Iterator[psycopg.Cursor[Any]]:
    """A cursor past every policy; whatever it did is undone."""
    with psycopg.connect(admin_dsn()) as connection, connection.cursor() as cursor:
        yield cursor
        connection.rollback()


@pytest.fixture
def pair(committing: None) -> tuple[Cast, Cast]:
    """Two organizations of the test's own with a whole flight in each, committed."""
    return make_pair()


@pytest.fixture(scope="session")
def _standing_pair(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> tuple[Cast, Cast]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return make_pair()


@pytest.fixture
def standing(_standing_pair: tuple[Cast, Cast], committing: None) -> tuple[Cast, Cast]:
    """Two such organizations that stay as they are: a test undoes what it changes."""
    return _standing_pair


def make_pair() -> tuple[Cast, Cast]:
    first, second = (make_cast(f"pair-{uuid.uuid4().hex[:12]}") for _ in range(2))
    for cast in (first, second):
        seed_flight(cast)
    return first, second


@pytest.fixture(scope="session")
def pgbouncer(django_db_setup: None) -> Iterator[PgBouncer]:
    with start_pgbouncer(connections.settings["default"], server_connections=4) as running:
        yield running


@pytest.fixture
def pooled(committing: None, pgbouncer: PgBouncer) -> Iterator[PgBouncer]:
    """The application's connections, of all threads, lead through PgBouncer."""
    with changed_settings(
        "default",
        HOST=str(pgbouncer.folder),
        PORT=str(pgbouncer.port),
        DISABLE_SERVER_SIDE_CURSORS=True,
    ):
        yield pgbouncer


@pytest.fixture(scope="session")
def _many_database(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> Iterator[str]:
    """A database with 300 organizations, dropped at the end of the run."""
    name = f"{settings.DATABASES['default']['NAME']}_many"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        bootstrap(os.environ["DBX_TEST_ADMIN_URL"], name, _role_passwords())
        with other_database(name):
            call_command("migrate", verbosity=0)
            for number in range(MANY):
                open_organization(slug=f"many-{number:03}", name=f"Number {number}")
    yield name
    with psycopg.connect(os.environ["DBX_TEST_ADMIN_URL"], autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def many(_many_database: str, committing: None) -> Iterator[list[Organization]]:
    """300 organizations; the connections lead to their database for the test."""
    with other_database(_many_database):
        with platform_context(), transaction.atomic(using=OWNER):
            organizations = list(Organization.objects.using(OWNER).order_by("slug"))
        yield organizations


@pytest.fixture
def next_release(settings: Any) -> None:  # pytest-django's, which undoes what is set
    """The code knows one migration more than the schemas."""
    settings.MIGRATION_MODULES = {"fleet": "tests.isolation.next_release"}


@contextmanager
def other_database(name: str) -> Iterator[None]:
    with changed_settings("default", NAME=name), changed_settings(OWNER, NAME=name):
        yield


@contextmanager
def changed_settings(alias: str, **changes: object) -> Iterator[None]:
    """Other connection settings, for this thread's connection and for those to come."""
    held = connections.settings[alias]
    before = {name: held[name] for name in changes}
    close_connections()
    held.update(changes)
    connections[alias].settings_dict.update(changes)
    try:
        yield
    finally:
        close_connections()
        held.update(before)
        connections[alias].settings_dict.update(before)


def close_connections() -> None:
    for connection in connections.all():
        connection.close()


def admin_dsn() -> str:
    """The superuser's way into the database of the tests."""
    name = connections["default"].settings_dict["NAME"]
    return psycopg.conninfo.make_conninfo(os.environ["DBX_TEST_ADMIN_URL"], dbname=name)
