"""Every command in docs/operations/backup.md does on a real cluster what is written there."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.maintenance.backup.clusters import Cluster, new_folder

pytestmark = [pytest.mark.slow, pytest.mark.django_db(databases=["default"])]
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "operations" / "backup.md"
FENCE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
WRITTEN_FOLDER, WRITTEN_TIME = "/srv/restored/data", "2026-05-01T12:00:00Z"


def commands() -> list[str]:
    lines = [line for block in FENCE.findall(DOCUMENT.read_text()) for line in block.splitlines()]
    return [line.removeprefix("manage.py ") for line in lines]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = new_folder()
    yield made
    shutil.rmtree(made)


def test_every_command_of_the_document_runs(
    cluster: Cluster, folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORAGES = settings.STORAGES | {
        "backups": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(cluster.store.folder)},
        }
    }
    monkeypatch.setenv("DBX_BACKUP_URL", cluster.dsn)
    monkeypatch.setenv("DBX_BACKUP_KEYS_FILE", str(cluster.keys_file))
    moment = ""
    found = commands()
    assert len(found) > 10
    for command in found:
        words = [folder_of(word, folder) for word in shlex.split(command)]
        if "restore" in words and not moment:
            moment = a_moment(cluster)
        out = io.StringIO()
        call_command(*[moment if word == WRITTEN_TIME else word for word in words], stdout=out)
        assert out.getvalue().strip(), command
    assert (folder / "data" / "recovery.signal").exists()


def folder_of(word: str, folder: Path) -> str:
    return word.replace(WRITTEN_FOLDER, str(folder / "data"))


def a_moment(cluster: Cluster) -> str:
    """A moment with something done after it, all of it archived."""
    now: datetime = cluster.ask("SELECT clock_timestamp()")
    cluster.do("CREATE TABLE done_later ()")
    cluster.switch()
    return now.astimezone(UTC).isoformat()
