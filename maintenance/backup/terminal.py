"""The parts of ``manage.py backup``: options in, words or JSON out, an error for what is not OK."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import CommandError
from django.db import transaction

from aviation.common.errors import DomainError, NotFound, Rejected
from aviation.tenants.context import platform_context
from maintenance.backup import catalogue, verdicts
from maintenance.backup import manifest as manifests
from maintenance.backup.keys import new_key
from maintenance.backup.manifest import Manifest
from maintenance.backup.models import Backup, BackupPolicy
from maintenance.backup.operating import Operator
from maintenance.backup.restoring import Plan, Target, require_free
from maintenance.backup.watching import look_at_archiver

MB = 1e6
_STEP_BYTES = 500_000_000


class Writes(Protocol):
    def write(self, msg: str = "", /) -> object: ...


@dataclass(frozen=True, slots=True)
class Speaker:
    """Words for people go out as they come; for programs there is one JSON document."""

    out: Writes
    error: Writes
    is_json: bool

    def say(self, words: str) -> None:
        if not self.is_json:
            self.out.write(words)

    def document(self, value: Any) -> None:
        if self.is_json:
            self.out.write(json.dumps(value, indent=2, default=str))

    def progress(self, passed: int) -> None:
        """A line for every half gigabyte."""
        if passed % _STEP_BYTES < 1 << 20:
            self.say(f"  {passed / MB:,.0f} MB")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the command."""

    surroundings: Mapping[str, str]
    options: Mapping[str, Any]
    speaker: Speaker

    @property
    def operator(self) -> Operator:
        return Operator(self.surroundings)


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


def verify(call: Call) -> None:
    """Check every stored byte, PostgreSQL's own check, and the WAL; tell what can be recovered."""
    report = call.operator.verify(_wanted(call), call.speaker.say)
    for finding in report.findings:
        verdict = finding.verdict
        call.speaker.say(f"{verdict.backup_id}: {'good' if verdict.is_good else 'NOT GOOD'}")
        for problem in verdict.problems:
            call.speaker.say(f"  {problem}")
        if finding.recoverable_from:
            to = finding.recoverable_to or finding.recoverable_from
            call.speaker.say(f"  recoverable from {finding.recoverable_from} to {to}")
    for problem in report.wal_problems:
        call.speaker.say(f"WAL: {problem}")
    call.speaker.document(
        {
            "good": report.is_good,
            "backups": [
                {
                    "id": each.verdict.backup_id,
                    "problems": each.verdict.problems,
                    "recoverable_from": each.recoverable_from,
                    "recoverable_to": each.recoverable_to,
                }
                for each in report.findings
            ],
            "wal": report.wal_problems,
        }
    )
    if not report.is_good:
        raise CommandError("Not everything is good.")


def expire(call: Call) -> None:
    """Delete backups and WAL that the policies do not keep; what goes is printed first."""
    expiry = call.operator.plan_expiry()
    for manifest in expiry.backups:
        call.speaker.say(f"{manifest.id} of {manifest.finished_at:%Y-%m-%d %H:%M} UTC goes.")
    call.speaker.say(f"{len(expiry.backups)} backups and {len(expiry.wal)} files of WAL go.")
    if expiry.kept_back:
        call.speaker.say(f"{expiry.kept_back} Nothing verified goes.")
    if not call.options["dry_run"]:
        call.operator.expire(expiry)
    call.speaker.document(
        {
            "backups": [each.id for each in expiry.backups],
            "wal": [each.name for each in expiry.wal],
            "kept_back": expiry.kept_back,
            "done": not call.options["dry_run"],
        }
    )


def restore(call: Call) -> None:
    """Put a backup into a NEW data directory that recovers when a server is started on it."""
    data = Path(call.options["data"]).absolute()
    require_free(data)
    keys_file = call.options["keys_file"] or call.operator.keys_file
    if not keys_file:
        raise Rejected("Name the file of backup keys with --keys-file: the recovery reads it.")
    plan = call.operator.restorer.plan(_target(call), call.options["backup"])
    call.speaker.say(_plan_in_words(plan, data))
    if not call.options["dry_run"]:
        call.operator.restore(plan, data, Path(keys_file).absolute(), call.speaker.say)
        call.speaker.say(f"Start PostgreSQL {plan.backup.postgres_major} on {data} to recover.")
    call.speaker.document(
        {
            "backups": [each.id for each in plan.chain],
            "data": data,
            "last_commit": plan.last_commit,
            "done": not call.options["dry_run"],
        }
    )


def drill(call: Call) -> None:
    """Restore into a throw-away cluster, start it, and compare it with what was noted."""
    result = call.operator.drill(call.options["backup"], call.speaker.say)
    verb = "is good" if result.is_good else "FAILED"
    call.speaker.say(
        f"The drill of {result.backup_id} {verb}: {result.tables_compared} tables in"
        f" {result.duration_s:.0f} s, data {result.data_age_s / 3600:.1f} hours old."
    )
    for problem in result.problems:
        call.speaker.say(f"  {problem}")
    call.speaker.document(
        {
            "backup": result.backup_id,
            "good": result.is_good,
            "duration_s": result.duration_s,
            "data_age_s": result.data_age_s,
            "tables_compared": result.tables_compared,
            "problems": result.problems,
        }
    )
    if not result.is_good:
        raise CommandError("The drill failed.")


def status(call: Call) -> None:
    """Tell how much work would be lost if the server were gone now."""
    state = look_at_archiver()
    loss_s = state.loss.total_seconds()
    call.speaker.say(state.problem or f"The last {loss_s:.0f} s would be lost; all is well.")
    call.speaker.document({"loss_s": loss_s, "problem": state.problem})
    if state.problem:
        raise CommandError("Archiving is not well.")


def print_settings(call: Call) -> None:
    """Print the lines of postgresql.conf that make the server archive its WAL here."""
    lines = call.operator.archive_settings
    call.speaker.say(lines.rstrip())
    call.speaker.document({"lines": lines.splitlines()})


def make_key(call: Call) -> None:
    """Print a new secret key and its public one; keep the secret apart from the server."""
    secret, public = new_key()
    call.speaker.say(f"{secret}\n{public}")
    call.speaker.document({"secret": secret, "public": public})


PARTS: dict[str, Callable[[Call], None]] = {
    "run": run,
    "list": list_backups,
    "verify": verify,
    "expire": expire,
    "restore": restore,
    "drill": drill,
    "status": status,
    "settings": print_settings,
    "new-key": make_key,
}


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
    return found


def _wanted(call: Call) -> list[str]:
    """The ids to verify; an empty list stands for all."""
    wanted: list[str] = call.options["backup"]
    known, damaged = manifests.read_all(call.operator.store)
    if unknown := set(wanted) - {each.id for each in known} - set(damaged):
        raise NotFound(f"There is no finished backup {', '.join(sorted(unknown))}.")
    if not call.options["new"]:
        return wanted
    store = call.operator.store
    return [each.id for each in known if verdicts.latest(store, each.id) is None] or ["none"]


def _target(call: Call) -> Target:
    if not call.options["time"]:
        return Target()
    try:
        time = datetime.fromisoformat(call.options["time"])
    except ValueError:
        raise Rejected("Give the time such as 2026-05-01T12:00:00Z.") from None
    return Target(time if time.tzinfo else time.replace(tzinfo=UTC))


def _plan_in_words(plan: Plan, data: Path) -> str:
    to = plan.target.time or plan.last_commit or plan.backup.finished_at
    return (
        f"{' + '.join(each.id for each in plan.chain)} into {data}, rolled forward to {to};"
        f" the last transaction in the archive was committed at {plan.last_commit}."
    )


def _rows_from_storage(call: Call) -> list[dict[str, Any]]:
    store = call.operator.store
    finished, damaged = manifests.read_all(store)
    rows = [_row(each, _state(verdicts.latest(store, each.id))) for each in finished]
    broken = {"policy": "", "state": "failed", "stored_bytes": 0, "finished_at": None}
    return [*rows, *({"id": each, **broken} for each in damaged)]


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
