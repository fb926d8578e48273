"""The place of a recovery's copy: never somebody else's folder."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import cast

import pytest

from aviation.common.errors import Conflict
from maintenance.backup.operating import Operator
from maintenance.backup.restoring import Plan
from maintenance.recovery.beside import Beside
from maintenance.recovery.models import RecoveryRequest


def test_a_link_that_stands_in_its_place_is_not_followed(tmp_path: Path) -> None:
    """Anybody can make one in the temporary folder, whose name is known ahead."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    beside = Beside(Operator({"DBX_BACKUP_SCRATCH": str(tmp_path)}), RecoveryRequest(pk=7))
    beside.folder.symlink_to(private)
    with (
        pytest.raises(Conflict, match="somebody else's"),
        beside.running(cast("Plan", None), print),
    ):
        pass
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert list(private.iterdir()) == []
