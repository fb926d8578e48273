"""``backup verify``, ``backup drill`` and ``backup status``."""

from __future__ import annotations

from django.core.management.base import CommandError

from aviation.common.errors import NotFound
from maintenance.backup import manifest as manifests
from maintenance.backup import verdicts
from maintenance.backup.part_call import Call
from maintenance.backup.watching import look_at_archiver


def verify(call: Call) -> None:
    """Check every stored byte, PostgreSQL's own check, and the WAL; tell what can be recovered."""
    report = call.operator.verify(_wanted(call), call.speaker.say)
    for finding in report.findings:
        verdict = finding.verdict
        call.speaker.say(f"{verdict.backup_id}: {'good' if verdict.is_good else 'NOT GOOD'}")
        for problem in verdict.all_problems:
            call.speaker.say(f"  {problem}")
        if finding.recoverable_from:
            to = finding.recoverable_to or finding.recoverable_from
            call.speaker.say(f"  recoverable from {finding.recoverable_from} to {to}")
    for problem in report.wal_problems:
        call.speaker.say(f"WAL: {problem}")
    dumps = {} if call.options["backup"] or call.options["new"] else call.operator.verify_dumps()
    for dump_id, problems in dumps.items():
        call.speaker.say(f"{dump_id}: {'NOT GOOD' if problems else 'good'}")
        for problem in problems:
            call.speaker.say(f"  {problem}")
    is_good = report.is_good and not any(dumps.values())
    call.speaker.document(
        {
            "good": is_good,
            "backups": [
                {
                    "id": each.verdict.backup_id,
                    "problems": each.verdict.all_problems,
                    "recoverable_from": each.recoverable_from,
                    "recoverable_to": each.recoverable_to,
                }
                for each in report.findings
            ],
            "wal": report.wal_problems,
            "dumps": dumps,
        }
    )
    if not is_good:
        raise CommandError("Not everything is good.")


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
