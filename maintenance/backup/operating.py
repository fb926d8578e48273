"""What the operator's commands and their schedule do: the parts put together, told and recorded.

Runs where DBX_BACKUP_URL and the keys are known, never in the web or a worker. Whatever is not
well raises an alarm as well as an error; a database that is away keeps nobody from taking or
restoring backups, only from reading about it in the admin.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from django.core.files.storage import default_storage
from psycopg.conninfo import conninfo_to_dict

from embedded.accounts import server_account
from maintenance.backup import catalogue, settings_lines, taking
from maintenance.backup import manifest as manifests
from maintenance.backup.alarms import clear_alarm
from maintenance.backup.choices import AlarmKind, BackupKind
from maintenance.backup.django_store import StorageStore, backup_store
from maintenance.backup.drilling import Driller, DrillResult
from maintenance.backup.dump_checking import dump_problems
from maintenance.backup.dump_expiring import DumpExpiry, is_whole, plan_dumps
from maintenance.backup.dump_remains import find_remains, remove_remains
from maintenance.backup.dump_store import Dump, read_dumps, unfinished_ids
from maintenance.backup.dumping import dump_organization
from maintenance.backup.expiring import Expiry, apply_expiry, plan_expiry, verified_ids
from maintenance.backup.folder_store import FolderStore, Store
from maintenance.backup.keys import (
    FILE_VARIABLE,
    BackupKeys,
    KeyProblem,
    keys_from,
)
from maintenance.backup.manifest import Manifest
from maintenance.backup.media_expiring import remove_unlisted, unlisted
from maintenance.backup.media_restoring import MediaPlan, plan_media, restore_media
from maintenance.backup.media_source import StorageMedia
from maintenance.backup.models import BackupPolicy
from maintenance.backup.programs import Programs, installed_programs
from maintenance.backup.recording import alarming, record_drill, record_report, recording
from maintenance.backup.restoring import Plan, Restorer
from maintenance.backup.server import Server, connected_server, dsn_from, locked_server
from maintenance.backup.streams import Damaged
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
        media = StorageMedia(default_storage)
        place = Place(dsn_from(self.surroundings), self.store, keys, self.programs, media)
        parent = self._parent() if policy.kind == BackupKind.INCREMENTAL else None
        request = Request(policy.name, parent, policy.counts_rows)

        def begun(backup_id: str, started_at: datetime) -> None:
            with recording():
                catalogue.note_begun(backup_id, policy, started_at)

        with alarming(AlarmKind.BACKUP_FAILED):
            manifest = taking.take(place, request, progress, begun)
        with recording():
            catalogue.refresh(self.store)
            clear_alarm(AlarmKind.BACKUP_FAILED)
        return manifest

    def verify(self, wanted: list[str], say: Say) -> Report:
        """Verify and record; an alarm tells what is not good."""
        with alarming(AlarmKind.NOT_VERIFIED):
            report = Verifier(self.store, self.keys, self.programs, self.scratch).verify(
                wanted, say
            )
        with recording():
            record_report(self.store, report)
        return report

    def plan_expiry(self) -> Expiry:
        known, _ = manifests.read_all(self.store)
        trusted = verified_ids(known, self.store)
        policies, now = catalogue.keepings(), datetime.now(UTC)
        expiry = plan_expiry(known, trusted, policies, all_stored(self.store), now)
        expiry = replace(expiry, of_dumps=self._plan_dumps(now))
        staying = [each for each in known if each not in expiry.backups]
        try:
            return replace(expiry, media=unlisted(staying, self.store, self.keys))
        except (KeyProblem, Damaged) as problem:
            return replace(expiry, media_kept_back=problem.message)

    def _plan_dumps(self, now: datetime) -> DumpExpiry:
        """Nothing, where no policy says for how long dumps are kept."""
        kept = catalogue.keeping_of_dumps()
        if kept is None:
            return DumpExpiry()
        dumps, _ = read_dumps(self.store)
        before = now - timedelta(days=kept.days)
        return plan_dumps(dumps, before, kept.at_least, partial(is_whole, store=self.store))

    def expire(self, expiry: Expiry) -> None:
        """Do what was planned; content of files goes only while no backup is being taken."""
        apply_expiry(expiry, self.store)
        if expiry.media:
            with locked_server(dsn_from(self.surroundings)):
                remove_unlisted(expiry.media, self.store, self.keys)
        with recording():
            catalogue.refresh(self.store)

    def restore(self, plan: Plan, data: Path, keys_file: Path, say: Say) -> None:
        command = settings_lines.restore_command(self._place, keys_file, self._python)
        self.restorer.restore(plan, data, command, say)

    def plan_media(self, plan: Plan) -> MediaPlan:
        """The files that belong to the database as the plan restores it."""
        known, _ = manifests.read_all(self.store)
        return plan_media(plan.backup, known, plan.target.time, self.store, self.keys)

    def restore_media(self, plan: MediaPlan, folder: Path) -> None:
        restore_media(plan, folder, self.store, self.keys)

    def drill(self, backup_id: str, say: Say) -> DrillResult:
        """Restore into a throw-away cluster, compare, and record."""
        address = conninfo_to_dict(dsn_from(self.surroundings))
        user, database = str(address["user"]), str(address["dbname"])
        driller = Driller(self.restorer, self.scratch, user, database)
        with alarming(AlarmKind.DRILL):
            result = driller.drill(backup_id, say)
        with recording():
            record_drill(result)
        return result

    def dump(self, slug: str) -> tuple[Dump, list[str]]:
        """Dump one organization; read back where the secret key is at hand.

        What killed dumps left goes first; their ids are answered, too.
        """
        with alarming(AlarmKind.BACKUP_FAILED):
            removed = self.remove_dump_remains()
            place = Place(dsn_from(self.surroundings), self.store, self.keys, self.programs)
            dump = dump_organization(place, slug)
        with recording():
            catalogue.refresh(self.store)
        return dump, removed

    def find_dump_remains(self) -> list[str]:
        """Of which dumps there is only what a kill left. Raises Unavailable without the server."""
        return self._with_unfinished_dumps(find_remains)

    def remove_dump_remains(self) -> list[str]:
        """Delete that; the same."""
        return self._with_unfinished_dumps(remove_remains)

    def _with_unfinished_dumps(self, act: Callable[[Store, Server], list[str]]) -> list[str]:
        """The server is asked only where there are some."""
        if not unfinished_ids(self.store):
            return []
        with connected_server(dsn_from(self.surroundings)) as server:
            return act(self.store, server)

    def verify_dumps(self) -> dict[str, list[str]]:
        """What is wrong with each dump; an empty list for a good one."""
        dumps, damaged = read_dumps(self.store)
        found = {each: ["Its manifest is damaged."] for each in damaged}
        for dump in dumps:
            found[dump.id] = dump_problems(dump, self.store, self.keys, self.programs)
        return found

    @property
    def keys_file(self) -> str:
        return self.surroundings.get(FILE_VARIABLE, "")

    @property
    def archive_settings(self) -> str:
        """The lines of postgresql.conf that make the server archive into this store."""
        command = settings_lines.archive_command(self._place, str(self.keys.current), self._python)
        can_increment = self.programs.can_increment
        return settings_lines.as_lines(
            settings_lines.archiving(command, can_increment=can_increment)
        )

    @property
    def _python(self) -> str:
        return settings_lines.python_for(server_account(Path("/nonexistent")))

    @property
    def _place(self) -> settings_lines.Place:
        store = self.store
        if isinstance(store, FolderStore):
            return store.folder
        if isinstance(store, StorageStore):
            raise CannotBackUp("PostgreSQL's commands reach backups in a folder or a bucket only.")
        from maintenance.backup.s3_store import S3Store  # loads boto3, where there is a bucket

        assert isinstance(store, S3Store)
        return store.bucket

    def _parent(self) -> Manifest:
        """The newest backup that is not known to be bad."""
        known, _ = manifests.read_all(self.store)
        for manifest in reversed(known):
            if self.restorer.is_trusted(manifest):
                return manifest
        raise CannotBackUp("An incremental backup builds on a full one, and there is none yet.")
