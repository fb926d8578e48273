"""What the product asks, asked of a restored copy: a query of each app in each organization.

It is asked as the application's own role, bound to the organization as a request is: grants,
policies and partitions must be back, too, not rows alone. Every query reads through an index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from psycopg import sql

from aviation.tenants.policies import APP_ROLE

Connection = psycopg.Connection[tuple[Any, ...]]
QUERIES: Mapping[str, str] = {
    "tenants": "SELECT name, time_zone FROM tenants_organization WHERE id = %(id)s",
    "accounts": """
        SELECT u.email, m.role FROM accounts_membership m
        JOIN accounts_user u ON u.id = m.user_id WHERE m.org_id = %(id)s LIMIT 100
    """,
    "audit": "SELECT id, action FROM audit_event WHERE org_id = %(id)s ORDER BY id DESC LIMIT 50",
    "fleet": "SELECT registration, status FROM fleet_aircraft ORDER BY registration LIMIT 100",
    "flights": """
        SELECT s.id, s.state, a.registration FROM flights_flightsession s
        JOIN fleet_aircraft a ON a.id = s.aircraft_id ORDER BY s.started_at DESC LIMIT 50
    """,
    "telemetry": """
        SELECT p."timestamp", p.latitude, p.longitude FROM telemetry_point p
        WHERE p.session_id = (SELECT id FROM flights_flightsession ORDER BY started_at DESC LIMIT 1)
        ORDER BY 1 LIMIT 500
    """,
    "mlresults": """
        SELECT a.risk_score, f.title FROM mlresults_analysis a
        LEFT JOIN mlresults_finding f ON f.analysis_id = a.id
        WHERE a.is_active ORDER BY a.created_at DESC LIMIT 50
    """,
    "analytics": "SELECT day, sum(flights) FROM analytics_dailyflights GROUP BY day LIMIT 100",
}
# A closed one is being removed, with its tables.
_ORGANIZATIONS = """
SELECT id, slug FROM public.tenants_organization WHERE status <> 'closed' ORDER BY slug
"""
_HAS_ORGANIZATIONS = "SELECT to_regclass('public.tenants_organization') IS NOT NULL"


def query_problems(connection: Connection) -> Iterator[str]:
    """What cannot be asked, in which organization; nothing when all is well."""
    if connection.execute(_HAS_ORGANIZATIONS).fetchone() != (True,):
        return
    for identity, slug in connection.execute(_ORGANIZATIONS).fetchall():
        for app, query in QUERIES.items():
            try:
                found = _ask(connection, identity, query)
            except psycopg.Error as error:
                yield f"{slug}: {app} cannot be asked: {str(error).splitlines()[0]}"
                continue
            if app == "tenants" and len(found) != 1:
                yield f"{slug}: the organization does not see itself."


def _ask(connection: Connection, identity: Any, query: str) -> list[tuple[Any, ...]]:
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(APP_ROLE)))
        connection.execute(
            "SELECT set_config('search_path', %s, true),"
            " set_config('app.current_org_id', %s, true)",
            [f"org_{identity.hex}, public", str(identity)],
        )
        return connection.execute(query, {"id": identity}).fetchall()
