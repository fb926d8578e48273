"""The tables' copy of what lies in the storage, and what is due by the policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from aviation.tenants.context import platform_context
from maintenance.backup import manifest as manifests
from maintenance.backup import verdicts
from maintenance.backup.choices import BackupKind, BackupState
from maintenance.backup.dump_store import Dump, read_dumps
from maintenance.backup.expiring import Keeping
from maintenance.backup.folder_store import Store
from maintenance.backup.manifest import Manifest
from maintenance.backup.models import Backup, BackupPolicy
from maintenance.backup.wal_names import lsn_text


def refresh(store: Store, ranges: Mapping[str, datetime | None] | None = None) -> None:
    """Make the tables say what the storage holds; it is rebuilt from nothing in the same way.

    ``ranges`` tells of some backups how far they reach, where somebody has just looked.
    """
    finished, damaged = manifests.read_all(store)
    dumps, unreadable = read_dumps(store)
    damaged += unreadable
    found = {each.id for each in finished} | {each.id for each in dumps} | set(damaged)
    with platform_context(), transaction.atomic():
        for manifest in finished:
            _keep(manifest, store, ranges or {})
        for dump in dumps:
            _keep_dump(dump)
        Backup.objects.filter(id__in=damaged).update(
            state=BackupState.FAILED, problems=["Its manifest is damaged."]
        )
        gone = Backup.objects.kept().exclude(id__in=found)
        gone.update(state=BackupState.EXPIRED)


def note_begun(backup_id: str, policy: BackupPolicy, started_at: datetime) -> None:
    """Show a backup as running. Called under the lock: whatever else ran was interrupted."""
    with platform_context(), transaction.atomic():
        Backup.objects.running().update(state=BackupState.FAILED, problems=["It was interrupted."])
        Backup.objects.create(
            id=backup_id,
            policy_name=policy.name,
            kind=policy.kind,
            state=BackupState.RUNNING,
            started_at=started_at,
        )


def note_failed(reason: str) -> None:
    """Show the running backup as failed."""
    with platform_context(), transaction.atomic():
        Backup.objects.running().update(state=BackupState.FAILED, problems=[reason])


def keepings() -> dict[str, Keeping]:
    """What each policy of backups says about keeping, by its name."""
    with platform_context(), transaction.atomic():
        return {
            each.name: Keeping(each.keep_days, each.keep_at_least, each.keeps_wal)
            for each in BackupPolicy.objects.of_backups()
        }


def keeping_of_dumps() -> Keeping | None:
    """For how long dumps are kept; without a policy for ever."""
    with platform_context(), transaction.atomic():
        policy = BackupPolicy.objects.of_dumps().first()
    return Keeping(policy.keep_days, policy.keep_at_least) if policy else None


def due_policies(finished: Iterable[Manifest], now: datetime) -> list[BackupPolicy]:
    """Enabled policies whose last backup is too long ago, full ones first.

    A full backup of any policy lets the incremental ones wait for their next turn.
    """
    with platform_context(), transaction.atomic():
        enabled = list(BackupPolicy.objects.enabled().of_backups())
    newest = {each.policy: each.finished_at for each in finished}
    due = [
        each
        for each in enabled
        if each.name not in newest or newest[each.name] <= now - timedelta(hours=each.every_hours)
    ]
    return sorted(due, key=lambda each: (each.kind != BackupKind.FULL, -each.every_hours))


def _keep_dump(dump: Dump) -> None:
    values = {
        "policy_name": dump.slug[:50],
        "kind": BackupKind.DUMP,
        "state": BackupState.VERIFIED if dump.is_checked else BackupState.COMPLETE,
        "started_at": dump.taken_at,
        "finished_at": dump.taken_at,
        "stored_bytes": dump.stored_bytes,
    }
    Backup.objects.update_or_create(id=dump.id, defaults=values)


def _keep(manifest: Manifest, store: Store, ranges: Mapping[str, datetime | None]) -> None:
    verdict = verdicts.latest(store, manifest.id)
    state = BackupState.COMPLETE
    if verdict:
        state = BackupState.VERIFIED if verdict.is_good else BackupState.FAILED
    values = {
        "policy_name": manifest.policy,
        "kind": manifest.kind,
        "parent_id": manifest.parent,
        "state": state,
        "started_at": manifest.started_at,
        "finished_at": manifest.finished_at,
        "verified_at": verdict.at if verdict else None,
        "system_identifier": str(manifest.system_identifier),
        "timeline": manifest.timeline,
        "start_lsn": lsn_text(manifest.start_position),
        "stop_lsn": lsn_text(manifest.stop_position),
        "plain_bytes": manifest.plain_bytes,
        "stored_bytes": manifest.stored_bytes,
        "problems": verdict.all_problems if verdict else [],
    }
    if manifest.id in ranges:
        values["recoverable_to"] = ranges[manifest.id]
    Backup.objects.update_or_create(id=manifest.id, defaults=values)
