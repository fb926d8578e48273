"""Proving that a backup can be restored: into a throw-away cluster, started and compared.

What must never happen: a drill that touches the cluster it came from. Everything lies in a folder
of its own, is reached by a socket of its own, and archives nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from aviation.common.errors import DomainError, NotFound
from maintenance.backup import manifest as manifests
from maintenance.backup.copy_running import running_copy
from maintenance.backup.drill_queries import query_problems
from maintenance.backup.expiring import verified_ids
from maintenance.backup.manifest import NOTES, Manifest
from maintenance.backup.media_list import has_list, read_list
from maintenance.backup.media_rows import unkept_files
from maintenance.backup.notes import Connection, Notes, contents, differences, read_notes
from maintenance.backup.programs import Programs
from maintenance.backup.restoring import Restorer, Target
from maintenance.backup.unpacking import opened_file

Say = Callable[[str], None]
LARGEST_NOTES = 1 << 28


@dataclass(frozen=True, slots=True)
class DrillResult:
    backup_id: str
    started_at: datetime
    duration_s: float
    data_age_s: float
    """How old the restored data were when the drill began."""
    tables_compared: int
    problems: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class Driller:
    restorer: Restorer
    scratch: Path
    user: str
    database: str

    def drill(self, backup_id: str = "", say: Say = lambda _words: None) -> DrillResult:
        """Restore a backup with notes, the newest verified one unless named, and compare.

        Raises NotFound when there is none; whatever else goes wrong is a problem in the result.
        """
        started_at, begun = datetime.now(UTC), time.monotonic()
        manifest = self._choose(backup_id)
        problems: list[str] = []
        compared = 0
        try:
            notes = self._notes(manifest)
            compared = len(notes.after.rows)
            problems = self._problems(manifest, notes, say)
        except (DomainError, OSError, psycopg.Error) as error:
            problems = [getattr(error, "message", str(error))]
        age = (started_at - manifest.finished_at).total_seconds()
        duration = time.monotonic() - begun
        return DrillResult(manifest.id, started_at, duration, age, compared, tuple(problems))

    def _choose(self, backup_id: str) -> Manifest:
        known, _ = manifests.read_all(self.restorer.store)
        noted = [each for each in known if each.restore_point]
        if backup_id:
            noted = [each for each in noted if each.id == backup_id]
        trusted = verified_ids(noted, self.restorer.store)
        chosen = [each for each in noted if each.id in trusted] or noted
        if not chosen:
            raise NotFound("There is no backup with counted rows to drill with.")
        return chosen[-1]

    def _notes(self, manifest: Manifest) -> Notes:
        restorer = self.restorer
        with opened_file(manifest, NOTES, restorer.store, restorer.keys) as plain:
            return read_notes(plain.read(LARGEST_NOTES))

    def _problems(self, manifest: Manifest, notes: Notes, say: Say) -> list[str]:
        programs = self.restorer.programs
        with tempfile.TemporaryDirectory(dir=self.scratch) as scratch:
            place = Path(scratch)
            place.chmod(0o711)
            data = place / "data"
            plan = self.restorer.plan(Target(point=notes.restore_point), manifest.id)
            with running_copy(
                plan, self.restorer, data, user=self.user, database=self.database, say=say
            ) as dsn:
                say("Comparing ...")
                with psycopg.connect(dsn, autocommit=True) as connection:
                    connection.execute("SET TimeZone = 'UTC'")
                    found = list(differences(notes, contents(connection)))
                    found += query_problems(connection)
                    found += self._unkept(manifest, connection)
                return [*found, *_amcheck(programs, dsn)]

    def _unkept(self, manifest: Manifest, connection: Connection) -> list[str]:
        """Rows whose file beside the database is not in the backup."""
        if not has_list(manifest):
            return []
        listed = read_list(manifest, self.restorer.store, self.restorer.keys)
        return list(unkept_files(connection, listed.files, manifest.finished_at))


def _amcheck(programs: Programs, dsn: str) -> list[str]:
    """What PostgreSQL's own look at tables and indexes finds."""
    ended = programs.run("pg_amcheck", "--install-missing", "--no-password", dsn)
    if ended.returncode == 0:
        return []
    lines = (ended.stdout + ended.stderr).strip().splitlines()
    return [f"amcheck: {line}" for line in lines[:20]] or ["amcheck failed."]
