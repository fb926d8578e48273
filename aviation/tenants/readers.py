"""Login roles for reporting tools, each shut into one organization.

A setting can be changed by whoever is logged in; the name one logged in with cannot. So each
organization's tools get a role of their own whose name holds the organization's id, and the
policies compare it (see policies.py). ``dbx_reader`` itself, which they belong to, sees nothing.

Making roles takes PostgreSQL's superuser, whom only the operator's command line knows.
"""

from __future__ import annotations

import re
import secrets

import psycopg
from django.db import connections
from psycopg import sql

from aviation.common.errors import Conflict, NotFound, Rejected
from aviation.tenants.lookup import find_organization
from aviation.tenants.models import Organization
from aviation.tenants.policies import READER_PREFIX, READER_ROLE

STATEMENT_LIMIT = "5min"
_SUFFIX = re.compile(r"\A[a-z0-9_]{0,15}\Z")


def role_name(organization: Organization, tool: str = "") -> str:
    """The role's name. Raises Rejected for a tool's name that cannot be part of it."""
    if not _SUFFIX.match(tool):
        raise Rejected("Name the tool in up to 15 small letters, digits and underscores.")
    return f"{READER_PREFIX}{organization.id.hex}" + (f"_{tool}" if tool else "")


def add_reader(*, slug: str, tool: str = "", admin_dsn: str) -> tuple[str, str]:
    """Make the role; answers its name and password, which is kept nowhere.

    Raises NotFound, Rejected, or Conflict when it exists.
    """
    organization = find_organization(slug)
    name, password = role_name(organization, tool), secrets.token_urlsafe(24)
    database = sql.Identifier(str(connections["default"].settings_dict["NAME"]))
    role = sql.Identifier(name)
    settings = {
        "app.current_org_id": sql.Literal(str(organization.id)),
        "search_path": sql.SQL("{}, public, pg_temp").format(
            sql.Identifier(organization.schema_name)
        ),
        "default_transaction_read_only": sql.SQL("on"),
        "statement_timeout": sql.Literal(STATEMENT_LIMIT),
    }
    with psycopg.connect(admin_dsn) as server:
        verifier = server.pgconn.encrypt_password(
            password.encode(), name.encode(), b"scram-sha-256"
        ).decode()
        try:
            server.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}").format(
                    role, sql.Literal(verifier), sql.Identifier(READER_ROLE)
                )
            )
        except psycopg.errors.DuplicateObject as error:
            raise Conflict(f"There is a role {name} already.") from error
        for setting, value in settings.items():
            server.execute(
                sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(
                    role, database, sql.SQL(setting), value
                )
            )
    return name, password


def remove_reader(*, slug: str, tool: str = "", admin_dsn: str) -> str:
    """End the role; who is logged in with it stays until the end of the session."""
    name = role_name(find_organization(slug), tool)
    with psycopg.connect(admin_dsn) as server:
        try:
            server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
        except psycopg.errors.UndefinedObject as error:
            raise NotFound(f"There is no role {name}.") from error
    return name
