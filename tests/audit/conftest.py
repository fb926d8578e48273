"""Connections past the product, as somebody with psql has them, and a look at the trail."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from django.db import connections, transaction
from psycopg import sql

from aviation.audit.models import AuditEvent
from aviation.tenants.context import platform_context, tenant_context
from tests.conftest import Cast
from tests.isolation.conftest import committing, pgbouncer, pooled

__all__ = ["committing", "pgbouncer", "pooled"]

ByHand = Callable[[str], psycopg.Connection]


@pytest.fixture
def by_hand(django_db_setup: None) -> Iterator[ByHand]:
    """Open a connection as ``app``, ``owner`` or ``superuser``, without anything of Django."""
    with ExitStack() as opened:

        def connect(role: str) -> psycopg.Connection:
            return opened.enter_context(psycopg.connect(address_of(role)))

        yield connect


def address_of(role: str) -> str:
    parameters = dict(connections["default"].get_connection_params())
    if role == "superuser":
        return psycopg.conninfo.make_conninfo(
            os.environ["DBX_TEST_ADMIN_URL"], dbname=parameters["dbname"]
        )
    if role == "owner":
        parameters = dict(connections["owner"].get_connection_params())
    names = ("dbname", "user", "password", "host", "port")
    return psycopg.conninfo.make_conninfo(
        **{name: parameters[name] for name in names if parameters.get(name)}
    )


def bind_by_hand(connection: psycopg.Connection, cast: Cast) -> None:
    """What an operator types first in psql, to get at an organization's rows."""
    schema = sql.Identifier(cast.organization.schema_name)
    connection.execute(sql.SQL("SET LOCAL search_path = {}, public").format(schema))
    organization = sql.Literal(str(cast.organization.id))
    connection.execute(sql.SQL("SET LOCAL app.current_org_id = {}").format(organization))


def trail_of(cast: Cast, **conditions: object) -> list[AuditEvent]:
    """The organization's own events, as it sees them, oldest first."""
    with tenant_context(cast.organization), transaction.atomic():
        return list(AuditEvent.objects.filter(**conditions).order_by("id"))


def whole_trail(**conditions: object) -> list[AuditEvent]:
    """All organizations' events and those of none, as the platform sees them."""
    with platform_context(), transaction.atomic():
        return list(AuditEvent.objects.filter(**conditions).order_by("id"))
