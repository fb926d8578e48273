"""PostgreSQL before 17, where this machine has one: it takes no incremental backups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maintenance.backup.choices import BackupState
from maintenance.backup.programs import FIRST_INCREMENTAL, installed_programs
from tests.conftest import make_cast
from tests.maintenance.backup.clusters import Cluster
from tests.maintenance.backup.test_command import ask, run, states
from tests.maintenance.recovery.installations import installation

FIRST_SUPPORTED = 15
DEBIANS = Path("/usr/lib/postgresql")
pytestmark = pytest.mark.slow


def older() -> Path:
    """Debian's programs of the oldest version that will do, or the test is skipped."""
    versions = range(FIRST_SUPPORTED, FIRST_INCREMENTAL)
    folders = [DEBIANS / str(version) / "bin" for version in versions]
    found = [folder for folder in folders if (folder / "initdb").exists()]
    if not found:
        pytest.skip(f"no PostgreSQL {versions.start} to {versions.stop - 1} is in {DEBIANS}")
    return found[0]


@pytest.fixture(scope="module")
def cluster(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setenv("DBX_POSTGRES_BIN", str(older()))
        with installation() as product:
            make_cast("alpha")
            yield product.cluster


def test_backup_is_verified_drilled_and_dumped(operator: Cluster) -> None:
    """Each command fails where anything is not good."""
    assert not installed_programs(str(operator.programs.folder)).can_increment
    backup, dump = run("daily"), ask("dump", "--organization", "alpha")["id"]
    ask("verify")
    assert {states()[backup], states()[dump]} == {BackupState.VERIFIED}
    ask("drill", backup)
