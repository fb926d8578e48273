"""What the operator's commands and their schedule do: the parts put together, told and recorded.

Runs where DBX_BACKUP_URL and the keys are known, never in the web or a worker. Whatever is not
well raises an alarm as well as an error; a database that is away keeps nobody from taking or
restoring backups, only from reading about it in the admin.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.db import DatabaseError, transaction
from psycopg.conninfo import conninfo_to_dict

from aviation.common.errors import Conflict, DomainError
from aviation.tenants.context import platform_context
from embedded.accounts import server_account
from maintenance.backup import catalogue, settings_lines, taking
from maintenance.backup import manifest as manifests
from maintenance.backup.alarms import clear_alarm, raise_alarm
from maintenance.backup.choices import AlarmKind, BackupKind
from maintenance.backup.django_store import backup_store
from maintenance.backup.drilling import Driller, DrillResult
from maintenance.backup.expiring import Expiry, apply_expiry, plan_expiry, verified_ids
from maintenance.backup.folder_store import FolderStore, Store
from maintenance.backup.keys import (
    FILE_VARIABLE,
    BackupKeys,
    KeyProblem,
    keys_from,
    text_from,
)
from maintenance.backup.manifest import Manifest
from maintenance.backup.models import BackupDrill, BackupPolicy
from maintenance.backup.programs import Programs, give, installed_programs
from maintenance.backup.restoring import Plan, Restorer
from maintenance.backup.server import dsn_from
from maintenance.backup.taking import CannotBackUp, Place, Request
from maintenance.backup.verifying import Report, Verifier
from maintenance.backup.wal_store import all_stored

logger = structlog.get_logger("dbx.backup")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody at the terminal, with what the environment gives them."""

    surroundings: Mapping[str, str]

    @property
    def store(self) -> Store:
        return backup_store()

    @property
    def keys(self) -> BackupKeys:
        return keys_from(self.surroundings)

    @property
    def programs(self) -> Programs:
        account = server_account(Path("/nonexistent"))
        return installed_programs(self.surroundings.get("DBX_POSTGRES_BIN", ""), account)

    @property
    def scratch(self) -> Path:
        return Path(self.surroundings.get("DBX_BACKUP_SCRATCH", "") or tempfile.gettempdir())

    @property
    def restorer(self) -> Restorer:
        return Restorer(self.store, self.keys, self.programs)

    def run(self, policy: BackupPolicy, progress: taking.Progress) -> Manifest:
        """Take one backup of a policy. Raises what went wrong, after raising the alarm."""
        keys = self.keys.also_for(policy.recovery_recipient)
        place = Place(dsn_from(self.surroundings), self.store, keys, self.programs)
        parent = self._parent() if policy.kind == BackupKind.INCREMENTAL else None
        request = Request(policy.name, parent, policy.counts_rows)

        def begun(backup_id: str, started_at: datetime) -> None:
            with _recording():
                catalogue.note_begun(backup_id, policy, started_at)

        with _alarming(AlarmKind.BACKUP_FAILED):
            manifest = taking.take(place, request, progress, begun)
        with _recording():
            catalogue.refresh(self.store)
            clear_alarm(AlarmKind.BACKUP_FAILED)
        return manifest

    def verify(self, wanted: list[str], say: Say) -> Report:
        """Verify and record; an alarm tells what is not good."""
        with _alarming(AlarmKind.NOT_VERIFIED):
            report = Verifier(self.store, self.keys, self.programs, self.scratch).verify(
                wanted, say
            )
        with _recording():
            _record_report(self.store, report)
        return report

    def plan_expiry(self) -> Expiry:
        known, _ = manifests.read_all(self.store)
        trusted = verified_ids(known, self.store)
        policies, now = catalogue.keepings(), datetime.now(UTC)
        return plan_expiry(known, trusted, policies, all_stored(self.store), now)

    def expire(self, expiry: Expiry) -> None:
        apply_expiry(expiry, self.store)
        with _recording():
            catalogue.refresh(self.store)

    def restore(self, plan: Plan, data: Path, keys_file: Path, say: Say) -> None:
        self.restorer.restore(plan, data, self.restore_command(keys_file), say)

    def restore_command(self, keys_file: Path) -> str:
        return settings_lines.restore_command(self._folder, keys_file, self._python)

    def drill(self, backup_id: str, say: Say) -> DrillResult:
        """Restore into a throw-away cluster, compare, and record."""
        with _keys_file(self.keys_text, self.programs) as keys_file:
            address = conninfo_to_dict(dsn_from(self.surroundings))
            driller = Driller(
                self.restorer,
                lambda: self.restore_command(keys_file),
                self.scratch,
                str(address["user"]),
                str(address["dbname"]),
            )
            with _alarming(AlarmKind.DRILL):
                result = driller.drill(backup_id, say)
        with _recording():
            _record_drill(result)
        return result

    @property
    def keys_text(self) -> str:
        return text_from(self.surroundings)

    @property
    def keys_file(self) -> str:
        return self.surroundings.get(FILE_VARIABLE, "")

    @property
    def archive_settings(self) -> str:
        """The lines of postgresql.conf that make the server archive into this store."""
        command = settings_lines.archive_command(self._folder, str(self.keys.current), self._python)
        can_increment = self.programs.can_increment
        return settings_lines.as_lines(
            settings_lines.archiving(command, can_increment=can_increment)
        )

    @property
    def _python(self) -> str:
        return settings_lines.python_for(server_account(Path("/nonexistent")))

    @property
    def _folder(self) -> Path:
        store = self.store
        if not isinstance(store, FolderStore):
            raise CannotBackUp("PostgreSQL's commands reach backups in a folder only.")
        return store.folder

    def _parent(self) -> Manifest:
        """The newest backup that is not known to be bad."""
        known, _ = manifests.read_all(self.store)
        for manifest in reversed(known):
            if self.restorer.is_trusted(manifest):
                return manifest
        raise CannotBackUp("An incremental backup builds on a full one, and there is none yet.")


@contextmanager
def _alarming(kind: AlarmKind) -> Iterator[None]:
    """Raise the alarm for whatever goes wrong; keys that are merely not given are no alarm."""
    try:
        yield
    except KeyProblem:
        raise
    except (DomainError, OSError) as error:
        message = getattr(error, "message", "") or str(error)
        logger.error("backup work failed", kind=kind.value, reason=message)
        with _recording():
            raise_alarm(kind, message)
            if kind == AlarmKind.BACKUP_FAILED and not isinstance(error, Conflict):
                catalogue.note_failed(message)
        raise


@contextmanager
def _recording() -> Iterator[None]:
    """The tables are a copy: that they cannot be written just now spoils nothing."""
    try:
        yield
    except DatabaseError as error:
        logger.error("backup work could not be recorded", reason=str(error).strip())


@contextmanager
def _keys_file(text: str, programs: Programs) -> Iterator[Path]:
    """The keys in a file that only the throw-away server's account can read, for a block."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as file:
            file.write(text)
        give(programs, Path(folder), path)
        yield path


def _record_report(store: Store, report: Report) -> None:
    ranges = {each.verdict.backup_id: each.recoverable_to for each in report.findings}
    catalogue.refresh(store, ranges)
    if report.is_good:
        clear_alarm(AlarmKind.NOT_VERIFIED)
        return
    bad = [each.verdict.backup_id for each in report.findings if not each.verdict.is_good]
    told = [f"Not good: {', '.join(bad)}."] if bad else []
    raise_alarm(AlarmKind.NOT_VERIFIED, " ".join([*told, *report.wal_problems[:5]]))


def _record_drill(result: DrillResult) -> None:
    if result.is_good:
        clear_alarm(AlarmKind.DRILL)
    else:
        raise_alarm(AlarmKind.DRILL, f"{result.backup_id}: {' '.join(result.problems[:5])}")
    with platform_context(), transaction.atomic():
        BackupDrill.objects.create(
            backup_id=result.backup_id,
            started_at=result.started_at,
            duration_s=result.duration_s,
            data_age_s=result.data_age_s,
            tables_compared=result.tables_compared,
            problems=list(result.problems),
        )
