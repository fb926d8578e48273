"""The parts of ``manage.py recovery``: options in, words or JSON out, an error for what fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from aviation.common.errors import Rejected
from aviation.tenants.context import acting_as, platform_context
from maintenance.backup.operating import Operator
from maintenance.backup.terminal import Speaker
from maintenance.recovery import asking
from maintenance.recovery.approving import approve as approve_plan
from maintenance.recovery.approving import require_approval
from maintenance.recovery.choices import RecoveryKind, RecoveryState
from maintenance.recovery.models import RecoveryPhase, RecoveryRequest
from maintenance.recovery.plans import read_plan
from maintenance.recovery.proving import Ask, proved_person
from maintenance.recovery.running import Runner


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the command."""

    surroundings: Mapping[str, str]
    options: Mapping[str, Any]
    speaker: Speaker
    ask: Ask

    @property
    def runner(self) -> Runner:
        return Runner(Operator(self.surroundings), self.speaker.say)

    @property
    def number(self) -> int:
        return int(self.options["recovery"])


def request(call: Call) -> None:
    """Ask for something to be brought back; nothing else happens yet."""
    options = call.options
    person = proved_person(options["by"], call.ask)
    with acting_as(person.pk):
        asked = asking.request_recovery(
            actor=person,
            kind=RecoveryKind(options["kind"]),
            target_at=_moment(options["time"]),
            reason=options["reason"],
            organization_slug=options["organization"],
            table_name=options["table"],
            flight_id=options["flight"],
            data_folder=options["into"],
        )
    call.speaker.say(f"{asked} is requested. Next: manage.py recovery plan {asked.pk}")
    call.speaker.document(_as_document(asked))


def plan(call: Call) -> None:
    """Restore a copy beside, and say in numbers and words what would happen."""
    asked = call.runner.plan(call.number, call.options["backup"])
    _show_plan(call, asked)
    call.speaker.say(f"Next, by somebody else: manage.py recovery approve {asked.pk} --by EMAIL")
    call.speaker.document(_as_document(asked))


def approve(call: Call) -> None:
    """Approve the plan as the second person, who shows anew who they are."""
    asked = asking.found(call.number)
    _show_plan(call, asked)
    person = proved_person(call.options["by"], call.ask)
    approved = approve_plan(
        request_id=asked.pk, actor=person, plan_sha256=asked.plan_sha256, has_proved=True
    )
    call.speaker.say(f"{approved} is approved for 24 hours.")
    call.speaker.document(_as_document(approved))


def run(call: Call) -> None:
    """Carry out the approved plan; killed or failed, the same call goes on."""
    if call.options["dry_run"]:
        asked = asking.found(call.number)
        require_approval(asked)
        call.speaker.say(f"{asked} may run.")
        call.speaker.document(_as_document(asked))
        return
    asked = call.runner.run(call.number)
    call.speaker.say(_next_step(asked))
    call.speaker.document(_as_document(asked))


def status(call: Call) -> None:
    """Tell how far requests have come."""
    number = call.options["recovery"]
    with platform_context(), transaction.atomic():
        chosen = RecoveryRequest.objects.select_related("requested_by", "approved_by")
        listed = list(chosen.open()) if number is None else [asking.locked(number)]
    for asked in listed:
        call.speaker.say(f"{asked}: {asked.get_state_display()}")
        if asked.problem:
            call.speaker.say(f"  {asked.problem}")
        for phase in _phases(asked):
            end = f"{phase.finished_at:%H:%M:%S}" if phase.finished_at else "not finished"
            call.speaker.say(f"  {phase}: {phase.started_at:%Y-%m-%d %H:%M:%S} to {end}")
    if not listed:
        call.speaker.say("No recovery is open.")
    call.speaker.document([_as_document(each) for each in listed])


def withdraw(call: Call) -> None:
    """Give a request up."""
    person = proved_person(call.options["by"], call.ask)
    with acting_as(person.pk):
        asked = asking.withdraw(request_id=call.number, actor=person)
    call.speaker.say(f"{asked} is withdrawn.")
    call.speaker.document(_as_document(asked))


def undo(call: Call) -> None:
    """Put back what a recovered organization had before, while nothing was written since."""
    asked = call.runner.undo(call.number)
    call.speaker.say(f"{asked} is undone.")
    call.speaker.document(_as_document(asked))


def tidy(call: Call) -> None:
    """Remove what was kept aside for undoing once its time is up."""
    removed = call.runner.tidy()
    call.speaker.say(f"{len(removed)} removed.")
    call.speaker.document([each.pk for each in removed])


PARTS: dict[str, Callable[[Call], None]] = {
    "request": request,
    "plan": plan,
    "approve": approve,
    "run": run,
    "status": status,
    "withdraw": withdraw,
    "undo": undo,
    "tidy": tidy,
}


def _show_plan(call: Call, asked: RecoveryRequest) -> None:
    for sentence in read_plan(asked.plan).get("consequences", []):
        call.speaker.say(f"- {sentence}")
    for each in read_plan(asked.plan).get("tables", []):
        call.speaker.say(
            f"  {each['table']:<32} {each['rows_now']:>12,} now {each['rows_then']:>12,} then"
        )
    call.speaker.say(f"SHA-256 of the plan: {asked.plan_sha256}")


def _next_step(asked: RecoveryRequest) -> str:
    slug, moment = asked.organization_slug, f"{asked.target_at:%Y-%m-%d %H:%M:%S} UTC"
    if asked.kind == RecoveryKind.ORGANIZATION:
        return (
            f"{slug} is back at {moment}. Look at it, then let it in again:"
            f" manage.py suspend_organization {slug} --resume"
        )
    if asked.kind == RecoveryKind.CLUSTER:
        return f"{asked.data_folder} is ready: start PostgreSQL on it, and it rolls forward."
    return f"What was missing of {asked.subject} is back."


def _phases(asked: RecoveryRequest) -> list[RecoveryPhase]:
    with platform_context(), transaction.atomic():
        return list(RecoveryPhase.objects.filter(request=asked))


def _as_document(asked: RecoveryRequest) -> dict[str, Any]:
    return {
        "recovery": asked.pk,
        "kind": asked.kind,
        "organization": asked.organization_slug,
        "state": asked.state,
        "is_done": asked.state == RecoveryState.DONE,
        "plan": read_plan(asked.plan),
        "plan_sha256": asked.plan_sha256,
        "problem": asked.problem,
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Rejected("Give the time such as 2026-05-01T12:00:00Z.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
