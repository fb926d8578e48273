"""The database as it was at the moment, restored beside the running one for a request.

It is made for the plan and kept for the run, so that the run need not restore again: decrypted
data on the operator's machine, in a folder only PostgreSQL's account can read, which goes when
the request is done with. What a killed command left is used again where it is whole.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from aviation.common.errors import Conflict
from embedded.folders import PASSABLE, make_folder
from maintenance.backup.copy_running import running_copy
from maintenance.backup.operating import Operator
from maintenance.backup.restoring import Plan, Target
from maintenance.backup.server import dsn_from
from maintenance.backup.wal_names import lsn_text
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.plans import Source, as_utc

Say = Callable[[str], None]
Connection = psycopg.Connection[tuple[Any, ...]]
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_HISTORY = """
SELECT pg_read_file('pg_wal/' || max(name)) FROM pg_ls_dir('pg_wal') AS name
WHERE name LIKE '%.history'
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """The restored database while its server runs."""

    dsn: str
    connection: Connection
    source: Source


@dataclass(frozen=True, slots=True)
class Beside:
    """The place of one request's copy."""

    operator: Operator
    asked: RecoveryRequest

    @property
    def folder(self) -> Path:
        return self.operator.scratch / f"dbx-recovery-{self.asked.pk}"

    def choose(self, backup_id: str = "") -> Plan:
        """The backup and WAL to restore from; the newest before the moment unless named."""
        return self.operator.restorer.plan(Target(time=self.asked.target_at), backup_id)

    @contextmanager
    def running(self, plan: Plan, say: Say) -> Iterator[Copy]:
        """Restore where that has not been done, start a server on it for the block."""
        self._make_folder()
        if not self._is_whole(plan):
            self._remake(plan, say)
        address = conninfo_to_dict(dsn_from(self.operator.surroundings))
        user, database = str(address["user"]), str(address["dbname"])
        restorer, data = self.operator.restorer, self.folder / "data"
        with (
            running_copy(plan, restorer, data, user=user, database=database, say=say) as dsn,
            psycopg.connect(dsn, autocommit=True) as connection,
        ):
            connection.execute("SET TimeZone = 'UTC'")
            yield Copy(dsn, connection, _source(plan, connection))

    def discard(self) -> None:
        """Remove the copy."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _make_folder(self) -> None:
        """In the temporary folder anybody may have made one of this name. Raises Conflict."""
        if make_folder(self.folder, PASSABLE):
            return
        found = self.folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise Conflict(
                f"{self.folder} is somebody else's. Remove it, or let DBX_BACKUP_SCRATCH name a"
                " folder that nobody else may write to."
            )
        self.folder.chmod(PASSABLE)  # a kill may have come between

    def _remake(self, plan: Plan, say: Say) -> None:
        say(f"Making room for a copy of {as_utc(self.asked.target_at)} ...")
        self.discard()
        self._make_folder()
        (self.folder / "copy.json").write_text(self._mark(plan))

    def _is_whole(self, plan: Plan) -> bool:
        """Whether it was made from the same, since the machine was started.

        Its server does not wait for the disk, so a copy from before a crash cannot be relied on.
        """
        try:
            return (self.folder / "copy.json").read_text() == self._mark(plan)
        except FileNotFoundError:
            return False

    def _mark(self, plan: Plan) -> str:
        return json.dumps(
            {
                "backups": [each.id for each in plan.chain],
                "target_at": as_utc(self.asked.target_at),
                "boot": _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else "",
            }
        )


def _source(plan: Plan, connection: Connection) -> Source:
    """Where it comes from, and how far PostgreSQL rolled it forward by its own note."""
    row = connection.execute(_HISTORY).fetchone()
    lines = str(row[0] if row and row[0] else "").strip().splitlines()
    reached = " ".join(lines[-1].split()[1:]) if lines else ""
    ids = tuple(each.id for each in plan.chain)
    return Source(ids, lsn_text(plan.backup.start_position), reached)
