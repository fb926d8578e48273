"""The product's own tables in a cluster that archives, copied from the tests' database."""

from __future__ import annotations

import hashlib
import os
import subprocess
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings as django_settings

from tests.conftest import Cast
from tests.maintenance.backup.clusters import Cluster

LOG = """
INSERT INTO {schema}.flights_flightlog (id, file, file_name, size_bytes, sha256, format, firmware,
    hardware, state, error_code, error_message, import_report, attempts, claimed_by, created_at,
    aircraft_id)
SELECT gen_random_uuid(), '{name}', 'log.bin', 10, '{sha256}', '', '', '', 'received', '', '',
    '[]', 0, '', now(), id FROM {schema}.fleet_aircraft LIMIT 1
"""


def copy_database(cluster: Cluster, path: Path) -> None:
    name = django_settings.DATABASES["default"]["NAME"]
    source = urlunsplit(urlsplit(os.environ["DBX_TEST_ADMIN_URL"])._replace(path=f"/{name}"))
    with psycopg.connect(source) as connection:
        views = connection.execute("SELECT schemaname || '.' || matviewname FROM pg_matviews")
        # Made by a refresh, with their organization bound: a restore cannot.
        unmade = [f"--exclude-table-data={view}" for (view,) in views]
    run_program(cluster, "pg_dump", "--format=custom", *unmade, f"--file={path}", source)
    run_program(cluster, "pg_restore", "--exit-on-error", f"--dbname={cluster.dsn}", str(path))


def make_whole(cluster: Cluster) -> None:
    """In every organization: fill the views, and forget files, which were not copied with it."""
    for identity in cluster.ask("SELECT array_agg(id) FROM tenants_organization"):
        schema = f"org_{identity.hex}"
        query = (
            f"SELECT array_agg(matviewname::text) FROM pg_matviews WHERE schemaname = '{schema}'"
        )
        for name in cluster.ask(query) or ():
            bound(cluster, identity, f"REFRESH MATERIALIZED VIEW {name}")
        cluster.do(
            "SET session_replication_role = replica",  # nobody's triggers are asked
            f"DELETE FROM {schema}.flights_flightlog",
            f"DELETE FROM {schema}.telemetry_coldfile",
        )


def run_program(cluster: Cluster, program: str, *arguments: str) -> None:
    command = [str(cluster.programs.folder / program), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def bound(cluster: Cluster, identity: uuid.UUID, statement: str) -> None:
    """Run a statement as the superuser, with the organization bound for the triggers' sake."""
    with psycopg.connect(cluster.dsn, autocommit=True) as connection:
        connection.execute(f"SET app.current_org_id = '{identity}'")
        connection.execute(f"SET search_path = org_{identity.hex}, public")
        connection.execute(statement)


def log_of(cast: Cast, name: str, content: bytes) -> str:
    return LOG.format(
        schema=cast.organization.schema_name,
        name=f"organizations/{cast.organization.id}/logs/{name}",
        sha256=hashlib.sha256(content).hexdigest(),
    )
