"""With 300 organizations: migrating them, and what they do to a connection.

In one file, so that one test process makes them once.
"""

from __future__ import annotations

import re
import resource
import signal
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from aviation.tenants.context import tenant_context
from aviation.tenants.models import Organization, SchemaState
from aviation.tenants.postgresql.binding import Binding
from aviation.tenants.schemas import OWNER
from tests.isolation.conftest import MANY, admin_dsn
from tests.isolation.notes import NEXT, has_note, times_noted
from tests.isolation.processes import run_python
from tests.isolation.test_recycling import backend

FINISHED = 150
LIMIT_MB = 60
TABLES = (
    "fleet_aircraft",
    "flights_flightsession",
    "flights_flightlog",
    "telemetry_point",
    "telemetry_flightoverview",
    "mlresults_analysis",
    "mlresults_finding",
)


def states() -> dict[str, Any]:
    return {each.schema_name: each for each in SchemaState.objects.using(OWNER).all()}


def undo(organizations: list[Organization], fingerprint: str) -> None:
    """Back to this release, for the other tests of the 300."""
    with psycopg.connect(admin_dsn()) as server:
        for each in organizations:
            server.execute(f"ALTER TABLE {each.schema_name}.fleet_aircraft DROP COLUMN note")
            server.execute(
                f"DELETE FROM {each.schema_name}.django_migrations WHERE name = %s", [NEXT]
            )
        server.execute("DELETE FROM public.django_migrations WHERE name = %s", [NEXT])
        server.execute("UPDATE tenants_schemastate SET fingerprint = %s", [fingerprint])


@pytest.mark.slow
def test_migrate_without_work_is_quick(many: list[Organization]) -> None:
    """T19: 300 organizations, a process of its own from start to end, at most 6 s.

    Of its own processor time, as others share the machine; make bench measures by the clock.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = run_python("manage.py", "migrate")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert run.returncode == 0, run.stderr
    assert "to migrate" not in run.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= 6


@pytest.mark.slow
def test_migrate_without_work_touches_no_schema(many: list[Organization]) -> None:
    """T19: whatever the machine, no organization costs a statement."""
    sent: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        sent.append(str(sql))
        return execute(sql, *rest)

    with connections[OWNER].execute_wrapper(note):
        call_command("migrate", verbosity=0)
    assert not [sql for sql in sent if re.search(r"\borg_[0-9a-f]{32}\b", sql)]
    assert len(sent) < len(many)


@pytest.mark.slow
def test_killed_migrate_goes_on_where_it_was(many: list[Organization], next_release: None) -> None:
    """T21: SIGKILL in the 151st of 300; the next run migrates exactly the other 150."""
    killed = run_python("-m", "tests.isolation.killed_migration", KILL_AFTER=str(FINISHED))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [has_note(each) for each in many] == [True] * FINISHED + [False] * (MANY - FINISHED)
    before = states()

    resumed = run_python("-m", "tests.isolation.killed_migration")
    assert resumed.returncode == 0, resumed.stderr
    assert f"Organizations: {MANY - FINISHED} to migrate" in resumed.stdout
    assert {times_noted(each) for each in many} == {1}
    assert all(has_note(each) for each in many)
    after = states()
    unchanged = [each.schema_name for each in many[:FINISHED]]
    assert [after[name].migrated_at for name in unchanged] == [
        before[name].migrated_at for name in unchanged
    ]

    undo(many, before[many[-1].schema_name].fingerprint)


@pytest.mark.slow
def test_no_backend_serves_more_than_its_share(many: list[Organization]) -> None:
    """T20: 300 organizations touched in a row take several backends, each with at most 50."""
    served: dict[int, int] = {}
    for organization in many:
        with tenant_context(organization), transaction.atomic():
            pid = backend()
        served[pid] = served.get(pid, 0) + 1
    assert sum(served.values()) == 300
    assert max(served.values()) <= 50


@pytest.mark.slow
def test_memory_of_a_worn_backend_is_bounded(many: list[Organization]) -> None:
    """T20: all tables of as many organizations as one connection may serve, read and written."""
    limit = connection.settings_dict["ORGANIZATIONS_PER_CONNECTION"]
    with psycopg.connect(admin_dsn()) as server:
        for organization in many[:limit]:
            server.execute(Binding(organization.schema_name, organization.id).as_sql())
            server.execute("SET LOCAL ROLE dbx_app")
            for table in TABLES:
                server.execute(f"SELECT * FROM {table} LIMIT 1")  # type: ignore[arg-type]
                server.execute(f"DELETE FROM {table} WHERE false")  # type: ignore[arg-type]
            server.commit()
        query = "SELECT sum(total_bytes) FROM pg_backend_memory_contexts"
        used_mb = float(server.execute(query).fetchone()[0]) / 1e6  # type: ignore[index]
    assert used_mb <= LIMIT_MB
