"""``backup run`` and ``backup list``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from aviation.common.errors import DomainError, NotFound, Rejected
from aviation.tenants.context import platform_context
from maintenance.backup import catalogue, verdicts
from maintenance.backup import manifest as manifests
from maintenance.backup.choices import BackupKind
from maintenance.backup.dump_store import Dump, read_dumps
from maintenance.backup.manifest import Manifest
from maintenance.backup.models import Backup, BackupPolicy
from maintenance.backup.part_call import MB, Call


def run(call: Call) -> None:
    """Take the backup of a policy, or with --due whatever the policies ask for now."""
    policies = _chosen_policies(call)
    made = []
    failed = []
    for policy in policies:
        call.speaker.say(f"{policy.name}: {policy.get_kind_display().lower()} backup ...")
        if call.options["dry_run"]:
            continue
        try:
            manifest = call.operator.run(policy, call.speaker.progress)
        except (DomainError, OSError) as error:
            failed.append(f"{policy.name}: {getattr(error, 'message', str(error))}")
            continue
        made.append(manifest)
        call.speaker.say(f"{manifest.id} is complete, {manifest.stored_bytes / MB:,.1f} MB stored.")
    if not policies:
        call.speaker.say("Nothing is due.")
    names = [each.name for each in policies]
    call.speaker.document({"policies": names, "made": [each.id for each in made]})
    if failed:
        raise CommandError(" ".join(failed))


def list_backups(call: Call) -> None:
    """List backups as the tables know them, or from the storage itself."""
    rows = _rows_from_storage(call) if call.options["from_storage"] else _rows_from_tables()
    for row in rows:
        call.speaker.say(
            f"{row['id']:<34} {row['policy']:<10} {row['state']:<9}"
            f" {row['stored_bytes'] / MB:>10,.1f} MB  {row['finished_at']}"
        )
    if not rows:
        call.speaker.say("There are no backups.")
    call.speaker.document(rows)


def _chosen_policies(call: Call) -> list[BackupPolicy]:
    name, is_due = call.options["policy"], call.options["due"]
    if bool(name) == is_due:
        raise Rejected("Name a policy, or give --due.")
    if is_due:
        finished, _ = manifests.read_all(call.operator.store)
        return catalogue.due_policies(finished, datetime.now(UTC))
    with platform_context(), transaction.atomic():
        found = list(BackupPolicy.objects.filter(name=name))
    if not found:
        raise NotFound(f"There is no backup policy {name}.")
    if found[0].kind == BackupKind.DUMP:
        raise Rejected("Name the organization to dump: backup dump --organization SLUG.")
    return found


def _rows_from_storage(call: Call) -> list[dict[str, Any]]:
    store = call.operator.store
    finished, damaged = manifests.read_all(store)
    rows = [_row(each, _state(verdicts.latest(store, each.id))) for each in finished]
    broken = {"policy": "", "state": "failed", "stored_bytes": 0, "finished_at": None}
    dumps, unreadable = read_dumps(store)
    rows += [_dump_row(each) for each in dumps]
    return [*rows, *({"id": each, **broken} for each in (*damaged, *unreadable))]


def _dump_row(dump: Dump) -> dict[str, Any]:
    return {
        "id": dump.id,
        "policy": dump.slug,
        "state": "verified" if dump.is_checked else "complete",
        "stored_bytes": dump.stored_bytes,
        "finished_at": dump.taken_at,
    }


def _state(verdict: verdicts.Verdict | None) -> str:
    if verdict is None:
        return "complete"
    return "verified" if verdict.is_good else "failed"


def _row(manifest: Manifest, state: str) -> dict[str, Any]:
    return {
        "id": manifest.id,
        "policy": manifest.policy,
        "state": state,
        "stored_bytes": manifest.stored_bytes,
        "finished_at": manifest.finished_at,
    }


def _rows_from_tables() -> list[dict[str, Any]]:
    with platform_context(), transaction.atomic():
        return [
            {
                "id": each.id,
                "policy": each.policy_name,
                "state": each.state,
                "stored_bytes": each.stored_bytes,
                "finished_at": each.finished_at,
            }
            for each in Backup.objects.order_by("started_at")
        ]
