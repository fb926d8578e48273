"""Writing down how far a request has come, for people to look at and for a run to go on from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from aviation.common.errors import Conflict
from aviation.tenants.context import platform_context
from maintenance.recovery.asking import locked
from maintenance.recovery.choices import RecoveryState, RecoveryStep
from maintenance.recovery.models import RecoveryPhase, RecoveryRequest
from maintenance.recovery.plans import digest_of

_MAY_BE_PLANNED = (
    RecoveryState.REQUESTED,
    RecoveryState.PLANNED,
    RecoveryState.APPROVED,
    RecoveryState.VOID,
    RecoveryState.FAILED,
)


def keep_plan(asked: RecoveryRequest, plan: str) -> RecoveryRequest:
    """Keep a new plan; whoever approved an earlier one has not approved this. Raises Conflict."""
    with platform_context(), transaction.atomic():
        held = locked(asked.pk)
        if held.state not in _MAY_BE_PLANNED:
            raise Conflict(f"{held} is {held.get_state_display().lower()}.")
        held.state, held.plan, held.plan_sha256 = RecoveryState.PLANNED, plan, digest_of(plan)
        held.planned_at, held.problem = datetime.now(UTC), ""
        held.approved_by = held.approved_at = None
        held.approved_sha256 = ""
        held.save()
    return held


def begin(asked: RecoveryRequest) -> None:
    """Say that it runs. Raises Conflict while another one of the organization does."""
    try:
        finish(asked, state=RecoveryState.RUNNING, started_at=datetime.now(UTC), problem="")
    except IntegrityError as error:
        raise Conflict(
            f"Another recovery of {asked.organization_slug} runs, or was killed: then run that one"
            " again, or plan it anew and withdraw it."
        ) from error


def note_failed(asked: RecoveryRequest, problem: str) -> None:
    finish(asked, state=RecoveryState.FAILED, problem=problem)


def finish(asked: RecoveryRequest, **values: object) -> None:
    """Set some of its fields."""
    with platform_context(), transaction.atomic():
        held = locked(asked.pk)
        for name, value in values.items():
            setattr(held, name, value)
            setattr(asked, name, value)
        held.save(update_fields=list(values))


@contextmanager
def step(asked: RecoveryRequest, name: RecoveryStep) -> Iterator[None]:
    """Note when a step begins, and when it has ended well."""
    with platform_context(), transaction.atomic():
        phase, _ = RecoveryPhase.objects.update_or_create(
            request=asked,
            step=name,
            defaults={"started_at": datetime.now(UTC), "finished_at": None},
        )
    yield
    with platform_context(), transaction.atomic():
        phase.finished_at = datetime.now(UTC)
        phase.save(update_fields=["finished_at"])
