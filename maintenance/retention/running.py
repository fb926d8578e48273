"""One run of retention in one organization: finish what was interrupted, recycle, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from aviation.common.errors import Conflict, DomainError
from aviation.telemetry.cold.archiving import archive_month
from aviation.tenants.context import require_organization
from aviation.tenants.limits import time_limits
from aviation.tenants.retry import is_conflict
from maintenance.retention.choices import BatchState
from maintenance.retention.holds import standing_holds
from maintenance.retention.models import RecycledBatch
from maintenance.retention.planning import KindPlan, make_plan, plan_kind
from maintenance.retention.recycling import discard, recycle, remove_former_files
from maintenance.retention.removing import finish_removing, remove
from maintenance.retention.restoring import finish_restoring, remove_copy

Tell = Callable[[str], None]
PATIENCE_S = 3.0
"""A run that was killed has the lock until the server notices; the next must not be refused."""

_WITHOUT_END = """
SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
"""
"""Else the server may end the lock with its transaction while the run is still at work."""


@dataclass
class Outcome:
    """What a run did. ``failures`` are sentences; what they speak of is where it was."""

    recycled: int = 0
    removed: int = 0
    finished: int = 0
    certificates: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def run_retention(*, at: datetime, tell: Tell = lambda _: None) -> Outcome:
    """Do everything that is due in the bound organization. Outside a transaction.

    One thing that fails stops no other. Raises Conflict when another run is at work here.
    """
    outcome = Outcome()
    with one_run_at_a_time(PATIENCE_S):
        finish_interrupted(at, outcome)
        for kind in make_plan(at).kinds:
            _recycle_kind(kind, at, outcome, tell)
        for batch in make_plan(at).to_remove:
            _try(outcome, str(batch), partial(_remove, batch, at, outcome, tell))
    return outcome


def finish_interrupted(at: datetime, outcome: Outcome) -> None:
    """End in exactly one place what an earlier run left in the middle."""
    with transaction.atomic():
        mine = RecycledBatch.objects.filter(organization=require_organization().id)
        left = list(mine.interrupted())
    for batch in left:
        if _try(outcome, str(batch), partial(_finish, batch, at)):
            outcome.finished += 1


@contextmanager
def one_run_at_a_time(patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Raises Conflict when another process is at it, and still is after ``patience_s``.

    The lock is held by a transaction of a connection of its own, so that it ends with the process
    and holds through a pooler.
    """
    beside = connections[DEFAULT_DB_ALIAS].copy()
    try:
        beside.set_autocommit(False)
        _lock(beside, patience_s)
        yield
        beside.rollback()
    finally:
        beside.close()


def _lock(beside: BaseDatabaseWrapper, patience_s: float) -> None:
    try:
        with time_limits(lock_s=patience_s), beside.cursor() as cursor:
            cursor.execute(_WITHOUT_END)
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s || '.retention.run', 0))",
                [str(require_organization().id)],
            )
    except OperationalError as error:
        if not is_conflict(error):
            raise
        message = "Another run of retention is at work in this organization."
        raise Conflict(message) from error


def _finish(batch: RecycledBatch, at: datetime) -> None:
    if batch.state == BatchState.COPYING:
        discard(batch)
    elif batch.state == BatchState.RESTORING:
        finish_restoring(batch)
    elif batch.state == BatchState.REMOVING:
        finish_removing(batch, at)
    elif batch.state == BatchState.RESTORED:
        remove_copy(batch)
    else:
        remove_former_files(batch)


def _recycle_kind(kind: KindPlan, at: datetime, outcome: Outcome, tell: Tell) -> None:
    label = kind.rule.kind.label
    for month in kind.to_archive:
        name = f"{label}, {month.month:%B %Y}"
        _try(outcome, name, partial(archive_month, month))
    if kind.to_archive:
        with transaction.atomic():
            kind = plan_kind(kind.rule, standing_holds(at), at)
    for due in kind.batches():
        name = f"{label}, {due[0].month:%B %Y}"
        if _try(outcome, name, partial(recycle, kind.rule, due, at)):
            outcome.recycled += len(due)
            tell(f"  {name}: {len(due)} recycled")


def _remove(batch: RecycledBatch, at: datetime, outcome: Outcome, tell: Tell) -> None:
    certificate = remove(batch, at)
    if certificate is not None:
        outcome.removed += batch.things
        outcome.certificates.append(str(certificate.pk))
        tell(f"  {batch}: {batch.things} deleted, certificate {certificate.pk}")


def _try(outcome: Outcome, name: str, act: Callable[[], object]) -> bool:
    try:
        act()
    except DomainError as error:
        outcome.failures.append(f"{name}: {error.message}")
        return False
    except (DatabaseError, OSError) as error:
        outcome.failures.append(f"{name}: {str(error).strip()}")
        return False
    return True
