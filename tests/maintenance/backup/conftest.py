from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from aviation.tenants.context import platform_context
from maintenance.backup.choices import BackupKind
from maintenance.backup.models import BackupPolicy
from tests.maintenance.backup.clusters import Cluster, end, make_cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One archiving server for the tests of a file; those that break the store make their own."""
    made = make_cluster()
    yield made
    end(made)


@pytest.fixture
def operator(
    cluster: Cluster, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Cluster:
    """The environment of somebody who may take backups of the cluster."""
    settings.STORAGES = settings.STORAGES | {
        "backups": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(cluster.store.folder)},
        }
    }
    (tmp_path / "media").mkdir()
    settings.MEDIA_ROOT = tmp_path / "media"
    if not cluster.programs.can_increment:
        _switch_off_incrementals()
    monkeypatch.setenv("DBX_BACKUP_URL", cluster.dsn)
    monkeypatch.setenv("DBX_BACKUP_KEYS_FILE", str(cluster.keys_file))
    monkeypatch.setenv("DBX_BACKUP_SCRATCH", str(cluster.scratch))
    return cluster


def _switch_off_incrementals() -> None:
    """As the document asks of the operator of an older PostgreSQL."""
    with platform_context(), transaction.atomic():
        BackupPolicy.objects.filter(kind=BackupKind.INCREMENTAL).update(is_enabled=False)
