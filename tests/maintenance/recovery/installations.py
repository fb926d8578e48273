"""A whole installation on a cluster of its own that archives: what recovery is tried on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.test import override_settings

from aviation.tenants.context import tenant_context
from aviation.tenants.models import Organization
from aviation.tenants.services import resume_organization, suspend_organization
from embedded.bootstrap import APP, OWNER, READER
from embedded.postgres import DATABASE
from maintenance.backup.operating import Operator
from maintenance.backup.settings_lines import PROJECT
from maintenance.recovery.beside import Beside
from maintenance.recovery.choices import RecoveryKind
from maintenance.recovery.comparing import contents_of
from maintenance.recovery.running import Runner
from tests.maintenance.backup.clusters import Cluster, end, make_cluster

ROLES = {"default": APP, "owner": OWNER, "reader": READER}


@dataclass(frozen=True)
class Installation:
    """The product on a cluster: Django's connections lead to it while it stands."""

    cluster: Cluster
    surroundings: dict[str, str]

    @property
    def runner(self) -> Runner:
        return Runner(Operator(self.surroundings), lambda _words: None)

    def command(self, *words: str) -> subprocess.Popen[str]:
        """``manage.py`` in a process of its own, which says at once what it does."""
        url = self.cluster.server.url
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **self.surroundings,
                "PYTHONUNBUFFERED": "1",
                "DATABASE_URL": url(APP),
                "DATABASE_OWNER_URL": url(OWNER),
                "DBX_BACKUP_FOLDER": str(self.cluster.store.folder),
            },
        )

    def moment(self) -> datetime:
        """Now, by the server's clock."""
        now: datetime = self.cluster.ask("SELECT clock_timestamp()")
        return now.astimezone(UTC)

    def archive(self) -> None:
        """See to it that what was done until now is in the archive, and a later commit with it."""
        self.cluster.do("SELECT pg_logical_emit_message(true, 'test', 'later')")
        with psycopg.connect(self.cluster.dsn) as connection:
            connection.execute("SELECT pg_current_xact_id()")
        self.cluster.switch()

    def sums(self, schema: str) -> dict[str, tuple[int, str]]:
        """Rows and digest of every table of a schema."""
        with psycopg.connect(self.cluster.dsn, autocommit=True) as connection:
            found = contents_of(connection, schema)
        return {name: (each.rows, each.digest) for name, each in found.items()}


@contextmanager
def installation(
    server: dict[str, str] | None = None, base: Path | None = None
) -> Iterator[Installation]:
    """Make it, and lead Django back to the usual database afterwards.

    ``server`` has settings of PostgreSQL's that differ from those of the tests; ``base`` is a
    folder for it, which goes with it.
    """
    cluster = make_cluster(server, base)
    usual = {alias: dict(settings.DATABASES[alias]) for alias in settings.DATABASES}
    try:
        _lead_to(
            {
                alias: {
                    "NAME": DATABASE,
                    "USER": ROLES[alias],
                    "PASSWORD": "only-for-this-test",
                    "HOST": str(cluster.server.files.sockets),
                    "PORT": "",
                }
                for alias in usual
            }
        )
        surroundings = {
            **os.environ,
            "DBX_BACKUP_URL": cluster.dsn,
            "DBX_BACKUP_KEYS_FILE": str(cluster.keys_file),
            "DBX_BACKUP_SCRATCH": str(cluster.scratch),
        }
        with override_settings(STORAGES=settings.STORAGES | {"backups": _folder_of(cluster)}):
            call_command("migrate", verbosity=0)
            yield Installation(cluster, surroundings)
    finally:
        _lead_to(usual)
        end(cluster)


def _folder_of(cluster: Cluster) -> dict[str, Any]:
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(cluster.store.folder)},
    }


def _lead_to(places: dict[str, dict[str, Any]]) -> None:
    for alias, place in places.items():
        connections[alias].close()
        settings.DATABASES[alias].update(place)
        connections[alias].settings_dict.update(place)


def share_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all requests are of one moment: what was restored for one serves those like it."""

    def folder(beside: Beside) -> Path:
        is_whole = beside.asked.kind == RecoveryKind.ORGANIZATION
        return beside.operator.scratch / ("whole" if is_whole else "rows")

    monkeypatch.setattr(Beside, "folder", property(folder))
    monkeypatch.setattr(Beside, "discard", lambda _beside: None)


@contextmanager
def suspended(organization: Organization) -> Iterator[None]:
    suspend_organization(slug=organization.slug)
    try:
        yield
    finally:
        resume_organization(slug=organization.slug)


def fly(organization: Organization, points: int) -> None:
    """Some flights with points, analysed as if they had been streamed."""
    from aviation.telemetry.generating import generate_flights

    with tenant_context(organization):
        list(generate_flights(points=points, until=datetime.now(UTC) - timedelta(days=1)))


def delete_all_flights(organization: Organization) -> None:
    """The accident."""
    from aviation.flights.models import FlightLog, FlightSession

    with tenant_context(organization), transaction.atomic():
        FlightLog.objects.all().delete()
        FlightSession.objects.all().delete()
