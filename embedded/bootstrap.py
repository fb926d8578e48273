"""The three roles and the database, on any PostgreSQL server: ours or Docker's.

What must never happen: dbx_app or dbx_reader own something, may create something, or may pass
row level security. Grants on tables are the migrations' affair, made explicitly table by table.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from embedded.errors import EmbeddedError

OWNER, APP, READER = "dbx_owner", "dbx_app", "dbx_reader"
ROLES = (OWNER, APP, READER)
EXTENSIONS = ("btree_gist", "pg_trgm", "cube", "earthdistance")
FORBIDDEN = {
    "rolsuper": sql.SQL("NOSUPERUSER"),
    "rolcreatedb": sql.SQL("NOCREATEDB"),
    "rolcreaterole": sql.SQL("NOCREATEROLE"),
    "rolreplication": sql.SQL("NOREPLICATION"),
    "rolbypassrls": sql.SQL("NOBYPASSRLS"),
}
LOCK = 0x646278  # "dbx"
Connection = psycopg.Connection[tuple[object, ...]]


def bootstrap(admin_dsn: str, database: str, passwords: Mapping[str, str]) -> None:
    """Make roles and database as they must be; run again, it changes nothing but passwords.

    `admin_dsn` names a superuser and any existing database of the server; `passwords` has one
    entry for each of ROLES.
    """
    with psycopg.connect(admin_dsn, autocommit=True) as server:
        # Held until this connection closes: parallel test workers and containers queue here.
        server.execute("SELECT pg_catalog.pg_advisory_lock(%s)", [LOCK])
        for role in ROLES:
            _ensure_role(server, role, passwords[role])
        _ensure_database(server, database)
        _restrict_database(server, database)
        with psycopg.connect(admin_dsn, dbname=database) as inside:
            _restrict_schema(inside)
            _ensure_extensions(inside)


def bootstrap_from(surroundings: Mapping[str, str]) -> int:
    """Bootstrap the server that DBX_ADMIN_URL names; the passwords are those in the addresses.

    Reads DATABASE_URL, DATABASE_OWNER_URL and DATABASE_READER_URL.
    """
    variables = ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_READER_URL")
    missing = [name for name in ("DBX_ADMIN_URL", *variables) if not surroundings.get(name)]
    if missing:
        raise EmbeddedError(f"Set {', '.join(missing)}.")
    addresses = [conninfo_to_dict(surroundings[name]) for name in variables]
    passwords = {str(address["user"]): str(address["password"]) for address in addresses}
    bootstrap(surroundings["DBX_ADMIN_URL"], str(addresses[0]["dbname"]), passwords)
    print(f"Roles {', '.join(ROLES)} and database {addresses[0]['dbname']} are ready.")
    return 0


def _ensure_role(server: Connection, role: str, password: str) -> None:
    """Create the role or take away what it must not have, and set its password.

    The password leaves this process only as a SCRAM verifier, so it is in no server log.
    """
    verifier = server.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    name = sql.Identifier(role)
    excess = _excess_rights(server, role)
    if excess is None:
        server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    elif excess:
        server.execute(sql.SQL("ALTER ROLE {} {}").format(name, sql.SQL(" ").join(excess)))
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    server.execute(statement.format(name, sql.Literal(verifier.decode())))


def _excess_rights(server: Connection, role: str) -> list[sql.SQL] | None:
    """Return what has to be taken from the role, None when it does not exist."""
    columns = sql.SQL(", ").join(map(sql.Identifier, FORBIDDEN))
    query = sql.SQL("SELECT {} FROM pg_catalog.pg_roles WHERE rolname = %s").format(columns)
    held = server.execute(query, [role]).fetchone()
    if held is None:
        return None
    return [remedy for has, remedy in zip(held, FORBIDDEN.values(), strict=True) if has]


def _ensure_database(server: Connection, database: str) -> None:
    query = "SELECT datdba::regrole::text FROM pg_catalog.pg_database WHERE datname = %s"
    held = server.execute(query, [database]).fetchone()
    if held is None:
        server.execute(_named("CREATE DATABASE {database} OWNER {owner}", database))
    elif held[0] != OWNER:
        server.execute(_named("ALTER DATABASE {database} OWNER TO {owner}", database))


def _restrict_database(server: Connection, database: str) -> None:
    """Nobody but our roles gets in; only dbx_app needs temporary tables (staged imports)."""
    for statement in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
        "GRANT CONNECT ON DATABASE {database} TO {reader}",
    ):
        server.execute(_named(statement, database))


def _restrict_schema(inside: Connection) -> None:
    for statement in (
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM {app}, {reader}",
        "GRANT USAGE ON SCHEMA public TO {app}, {reader}",
    ):
        inside.execute(_named(statement))


def _ensure_extensions(inside: Connection) -> None:
    for extension in EXTENSIONS:
        statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public")
        inside.execute(statement.format(sql.Identifier(extension)))


def _named(statement: str, database: str = "") -> sql.Composed:
    names = {"owner": OWNER, "app": APP, "reader": READER, "database": database}
    return sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()})
