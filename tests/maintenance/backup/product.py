"""Rows and files of the product's own in a cluster that archives."""

from __future__ import annotations

import hashlib
import subprocess
import uuid

import psycopg

from tests.conftest import Cast
from tests.maintenance.backup.clusters import Cluster

LOG = """
INSERT INTO {schema}.flights_flightlog (id, file, file_name, size_bytes, sha256, format, firmware,
    hardware, state, error_code, error_message, import_report, attempts, claimed_by, created_at,
    aircraft_id)
SELECT gen_random_uuid(), '{name}', 'log.bin', 10, '{sha256}', '', '', '', 'received', '', '',
    '[]', 0, '', now(), id FROM {schema}.fleet_aircraft LIMIT 1
"""


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
