"""Carrying out what was approved, in steps that are written down, so that a killed run goes on.

What must never happen: two runs of one request at the same time, or a run of anything but the
approved plan. The superuser's connection holds a lock for as long as it lives; the plan is made
anew and compared; everything before the last step can be done again, and the last step is one
transaction that also says that it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import structlog
from django.conf import settings
from django.db import transaction

from aviation.common.errors import Conflict, DomainError, Rejected
from aviation.tenants.context import platform_context
from maintenance.backup.operating import Operator
from maintenance.backup.restoring import Plan, require_free
from maintenance.backup.server import dsn_from
from maintenance.recovery.approving import MAY_RUN, require_approval, require_same_plan
from maintenance.recovery.asking import found
from maintenance.recovery.beside import Beside, Copy
from maintenance.recovery.choices import RecoveryKind, RecoveryState, RecoveryStep
from maintenance.recovery.comparing import Connection
from maintenance.recovery.copying import copy_schema, drop, require_as_planned, set_aside
from maintenance.recovery.exchanging import exchange, undo
from maintenance.recovery.holding import held_request
from maintenance.recovery.members import bring_members_back
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.planning import Planner
from maintenance.recovery.plans import read_plan, tables_of
from maintenance.recovery.progress import begin, finish, keep_plan, note_failed, step
from maintenance.recovery.putting_back import put_rows_back

logger = structlog.get_logger("dbx.recovery")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Runner:
    """Somebody at the terminal who plans and carries out."""

    operator: Operator
    say: Say

    def plan(self, request_id: int, backup_id: str = "") -> RecoveryRequest:
        """Make the plan and keep it; an approval of an earlier one is void with it."""
        with held_request(request_id, self._dsn) as (asked, live):
            if asked.state == RecoveryState.RUNNING:  # and yet nobody holds it: it was killed
                note_failed(asked, "It was interrupted.")
            planner = self._planner(live)
            chosen = planner.choose(asked, backup_id)
            if asked.kind == RecoveryKind.CLUSTER:
                require_free(Path(asked.data_folder))
                return keep_plan(asked, planner.for_cluster(asked, chosen))
            with Beside(self.operator, asked).running(chosen, self.say) as copy:
                return keep_plan(asked, self._plan_with(planner, asked, copy))

    def run(self, request_id: int) -> RecoveryRequest:
        """Carry out the approved plan. Raises what keeps it from running, after noting it."""
        require_approval(found(request_id))
        with held_request(request_id, self._dsn) as (asked, live):
            require_approval(asked)
            begin(asked)
            try:
                self._carry_out(asked, live)
            except (DomainError, OSError, psycopg.Error) as error:
                message = _in_words(error)
                logger.error("recovery failed", recovery=asked.pk, reason=message)
                if found(request_id).state in MAY_RUN:
                    note_failed(asked, message)
                if isinstance(error, DomainError):
                    raise
                raise Conflict(message) from error
            Beside(self.operator, asked).discard()
        return found(request_id)

    def undo(self, request_id: int) -> RecoveryRequest:
        """Put back what a recovered organization had before. Raises Conflict."""
        with held_request(request_id, self._dsn) as (asked, live):
            if asked.state != RecoveryState.DONE or asked.undo_until is None:
                raise Conflict(f"{asked} cannot be undone.")
            undo(live, asked, topics())
        return found(request_id)

    def tidy(self, at: datetime | None = None) -> list[RecoveryRequest]:
        """Remove what is kept for undoing once its time is up, and copies nobody needs."""
        with platform_context(), transaction.atomic():
            over = list(RecoveryRequest.objects.over())
            due = list(RecoveryRequest.objects.past_undoing(at=at or datetime.now(UTC)))
        for each in over:
            Beside(self.operator, each).discard()
        for each in due:
            with held_request(each.pk, self._dsn) as (asked, live):
                drop(live, asked.former_schema)
                finish(asked, undo_until=None)
                self.say(f"What {asked} had put aside is removed.")
        return due

    def _carry_out(self, asked: RecoveryRequest, live: Connection) -> None:
        planner = self._planner(live)
        chosen = planner.choose(asked, read_plan(asked.plan)["source"]["backups"][-1])
        if asked.kind == RecoveryKind.CLUSTER:
            self._restore_cluster(asked, planner.for_cluster(asked, chosen), chosen)
            return
        with ExitStack() as stack:
            with step(asked, RecoveryStep.RESTORED):
                beside = Beside(self.operator, asked)
                copy = stack.enter_context(beside.running(chosen, self.say))
            with step(asked, RecoveryStep.CHECKED):
                require_same_plan(asked, self._plan_with(planner, asked, copy))
            if asked.kind == RecoveryKind.ORGANIZATION:
                self._recover_organization(asked, live, copy)
            else:
                with step(asked, RecoveryStep.INSERTED):
                    put_rows_back(live, copy.connection, asked)

    def _recover_organization(self, asked: RecoveryRequest, live: Connection, copy: Copy) -> None:
        with step(asked, RecoveryStep.COPIED):
            self.say("Copying ...")
            members = read_plan(asked.plan)["members_back"]
            bring_members_back(live, copy.connection, asked, members)
            copy_schema(copy, live, self._dsn, self.operator.programs, asked)
            require_as_planned(live, asked.incoming_schema, tables_of(asked.plan))
        with step(asked, RecoveryStep.EXCHANGED):
            self.say("Exchanging ...")
            exchange(live, asked, topics())

    def _restore_cluster(self, asked: RecoveryRequest, plan: str, chosen: Plan) -> None:
        require_same_plan(asked, plan)
        if not self.operator.keys_file:
            raise Rejected("Name the file of backup keys in DBX_BACKUP_KEYS_FILE.")
        with step(asked, RecoveryStep.RESTORED):
            keys_file = Path(self.operator.keys_file).absolute()
            self.operator.restore(chosen, Path(asked.data_folder), keys_file, self.say)
        finish(asked, state=RecoveryState.DONE, finished_at=datetime.now(UTC), problem="")

    def _plan_with(self, planner: Planner, asked: RecoveryRequest, copy: Copy) -> str:
        if asked.kind == RecoveryKind.ORGANIZATION:
            return planner.for_organization(asked, copy, set_aside(copy, asked))
        return planner.for_rows(asked, copy)

    def _planner(self, live: Connection) -> Planner:
        return Planner(self.operator, live, self.say)

    @property
    def _dsn(self) -> str:
        return dsn_from(self.operator.surroundings)


def topics() -> list[str]:
    """Everything cached values of an organization are made from."""
    return sorted({each.topic for each in settings.TOPIC_TABLES})


def _in_words(error: BaseException) -> str:
    return getattr(error, "message", "") or str(error).strip()
