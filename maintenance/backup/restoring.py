"""Putting a backup into a new data directory, ready to be rolled forward to a moment.

What must never happen: a file of an existing cluster touched, a folder that looks like a data
directory and is not whole, or a recovery begun that cannot reach the moment asked for. Everything
that can be known is checked before the first file is written: the folder, the keys, the stored
sums' presence, the WAL up to the moment. All is made under another name and renamed at the end.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aviation.common.errors import Conflict, DomainError, NotFound
from maintenance.backup import manifest as manifests
from maintenance.backup import verdicts
from maintenance.backup.continuity import Reach
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import Manifest, chain_of
from maintenance.backup.programs import Programs, give
from maintenance.backup.settings_lines import as_lines
from maintenance.backup.unpacking import check_keys, unpack_chain
from maintenance.backup.wal_archive import WalArchive, last_commit, look

Say = Callable[[str], None]
_OURS = ("restore_command", "recovery_target")


class CannotRestore(DomainError):
    """The backup, the WAL or the folder does not allow it; nothing was written."""

    code = "cannot_restore"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to roll forward to: a moment, a named point, or (neither) the end of the WAL."""

    time: datetime | None = None
    point: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore would do."""

    chain: tuple[Manifest, ...]
    target: Target
    reach: Reach
    last_commit: datetime | None
    """When the last transaction that can be brought back was committed."""

    @property
    def backup(self) -> Manifest:
        return self.chain[-1]


@dataclass(frozen=True, slots=True)
class Restorer:
    store: Store
    keys: BackupKeys
    programs: Programs

    def plan(self, target: Target, backup_id: str = "") -> Plan:
        """Choose the backup and check that the target can be reached. Writes nothing.

        Raises NotFound, CannotRestore or KeyProblem.
        """
        self.keys.require_identities()
        known, _ = manifests.read_all(self.store)
        archive = look(self.store, self.keys)
        manifest = self._choose(known, archive, target, backup_id)
        reached = archive.reach(manifest)
        if reached.lacks_own:
            raise CannotRestore(f"Backup {manifest.id} needs {reached.hole}, which is missing.")
        chain = tuple(chain_of(manifest, known))
        for part in chain:
            check_keys(part, self.store, self.keys)
        to = last_commit(reached, manifest, archive, self.store, self.keys, self.programs)
        plan = Plan(chain, target, reached, to)
        _require_reachable(plan)
        return plan

    def restore(
        self,
        plan: Plan,
        data: Path,
        restore_command: str,
        say: Say = lambda _words: None,
        *,
        is_kept: bool = True,
    ) -> None:
        """Make ``data`` a data directory that recovers when it is started.

        What is not kept is not waited for until it is on the disk. Raises Conflict when there is
        anything in ``data``.
        """
        require_free(data)
        work = data.with_name(f"{data.name}.restoring")
        if work.exists():
            shutil.rmtree(work)
        work.mkdir(mode=0o700)
        give(self.programs, work)
        say(f"Restoring {' + '.join(each.id for each in plan.chain)} ...")
        try:
            fresh = unpack_chain(plan.chain, work, self.store, self.keys, self.programs)
            self._prepare_recovery(fresh, plan, restore_command)
            if is_kept:
                sync_filesystem(fresh)
            if data.exists():
                data.rmdir()
            fresh.rename(data)
            if is_kept:
                sync_filesystem(data.parent)
        finally:
            shutil.rmtree(work)

    def _choose(
        self, known: Sequence[Manifest], archive: WalArchive, target: Target, backup_id: str
    ) -> Manifest:
        """The one asked for, else the newest before the target that is not known to be bad."""
        if backup_id:
            asked = next((each for each in known if each.id == backup_id), None)
            if asked is None:
                raise NotFound(f"There is no finished backup {backup_id}.")
            _require_before(asked, target)
            return asked
        for manifest in reversed(known):
            is_early = target.time is None or manifest.finished_at <= target.time
            if is_early and not archive.reach(manifest).lacks_own and self.is_trusted(manifest):
                return manifest
        raise CannotRestore("No usable backup was finished before that moment.")

    def is_trusted(self, manifest: Manifest) -> bool:
        """Whether its database was not found bad when it was last verified."""
        verdict = verdicts.latest(self.store, manifest.id)
        return verdict is None or not verdict.problems

    def _prepare_recovery(self, data: Path, plan: Plan, restore_command: str) -> None:
        settings = {"restore_command": restore_command, "recovery_target_action": "promote"}
        settings["recovery_target_timeline"] = "latest"
        if plan.target.time:
            settings["recovery_target_time"] = plan.target.time.isoformat(sep=" ")
        if plan.target.point:
            settings["recovery_target_name"] = plan.target.point
        configuration = data / "postgresql.auto.conf"
        former = configuration.read_text() if configuration.exists() else ""
        kept = [line for line in former.splitlines(True) if not line.startswith(_OURS)]
        configuration.write_text("".join(kept) + as_lines(settings))
        (data / "recovery.signal").touch()
        give(self.programs, configuration, data / "recovery.signal")


def require_free(data: Path) -> None:
    """Raise Conflict unless ``data`` is missing or an empty folder, in a folder that exists."""
    if (data / "postmaster.pid").exists():
        raise Conflict(f"A server runs on {data}, or was killed there. Choose a new folder.")
    if data.is_symlink() or (data.exists() and not data.is_dir()):
        raise Conflict(f"{data} is no folder. Choose a new one.")
    if data.exists() and any(data.iterdir()):
        raise Conflict(f"{data} is not empty, and nothing in it is touched. Choose a new folder.")
    if not data.parent.is_dir():
        raise Conflict(f"There is no folder {data.parent}.")


def _require_before(manifest: Manifest, target: Target) -> None:
    if target.time and manifest.finished_at > target.time:
        raise CannotRestore(
            f"Backup {manifest.id} was finished at {manifest.finished_at:%Y-%m-%d %H:%M:%S} UTC,"
            " after the moment asked for."
        )


def _require_reachable(plan: Plan) -> None:
    """PostgreSQL reaches a moment only when a later transaction is in the WAL."""
    if plan.target.time is None or (plan.last_commit and plan.target.time <= plan.last_commit):
        return
    end = f"at {plan.last_commit:%Y-%m-%d %H:%M:%S.%f} UTC" if plan.last_commit else "before"
    hole = f" {plan.reach.hole} is missing." if plan.reach.hole else ""
    raise CannotRestore(
        f"The WAL that follows backup {plan.backup.id} without a hole ends {end},"
        f" and {plan.target.time:%Y-%m-%d %H:%M:%S.%f} UTC lies beyond.{hole}"
    )


def sync_filesystem(folder: Path) -> None:
    """Wait until all of it is on the disk: a thousand files at once instead of one by one."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), f"{folder} could not be written to the disk")
    finally:
        os.close(descriptor)
