"""What a run would do now: counts by kind and month, what is held, and what is deleted for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db import transaction

from aviation.telemetry.cold.planning import MonthToArchive, plan_months
from aviation.tenants.context import require_organization
from maintenance.retention.choices import DataKind
from maintenance.retention.due import SOURCES, Due, find_due
from maintenance.retention.holds import Held, standing_holds
from maintenance.retention.models import RecycledBatch
from maintenance.retention.policies import Rule, rules_in_force

BATCH_SIZE = 100
"""Rows that fell due, with all that hangs on them, which move in one transaction."""
_IN_MONTHS = frozenset({DataKind.TELEMETRY, DataKind.FLIGHTS})


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month of a kind, counted."""

    month: date
    due: int
    held: int
    kept_back: int


@dataclass(frozen=True, slots=True)
class KindPlan:
    """What is to be done of one kind. ``to_archive`` leaves the table for files first."""

    rule: Rule
    due: list[Due]
    months: list[MonthLine]
    to_archive: list[MonthToArchive]

    def batches(self) -> Iterator[list[Due]]:
        """What moves together: one month, at most BATCH_SIZE."""
        for _, group in groupby(sorted(self.due, key=lambda each: each.month), _month):
            things = list(group)
            for start in range(0, len(things), BATCH_SIZE):
                yield things[start : start + BATCH_SIZE]


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """Everything a run would do in one organization."""

    kinds: list[KindPlan]
    to_remove: list[RecycledBatch]
    held_back: list[RecycledBatch]
    """Past their grace period and covered by a hold."""

    @property
    def count(self) -> int:
        return sum(len(kind.due) + len(kind.to_archive) for kind in self.kinds) + len(
            self.to_remove
        )


@transaction.atomic
def make_plan(at: datetime, *, counts_tables: bool = True) -> RetentionPlan:
    """What is due in the bound organization.

    Without ``counts_tables`` months of telemetry that are still in the table are left out:
    counting their rows takes seconds a month.
    """
    held = standing_holds(at)
    mine = RecycledBatch.objects.filter(organization=require_organization().id)
    removable = list(mine.removable(at).order_by("recycled_at"))
    is_held = {batch.pk: held.covers(batch.flight_ids, batch.aircraft_ids) for batch in removable}
    return RetentionPlan(
        [plan_kind(rule, held, at, counts_tables) for rule in rules_in_force()],
        [batch for batch in removable if not is_held[batch.pk]],
        [batch for batch in removable if is_held[batch.pk]],
    )


def plan_kind(rule: Rule, held: Held, at: datetime, counts_tables: bool = False) -> KindPlan:
    """What is due of one kind. Inside a transaction."""
    limit = rule.limit(at)
    if limit is None or rule.kind not in SOURCES:
        return KindPlan(rule, [], [], [])
    restored = RecycledBatch.objects.filter(
        organization=require_organization().id, kind=rule.kind
    ).kept_back(at)
    kept_back = {key for batch in restored for key in batch.roots}
    found = find_due(rule.kind, limit, held, kept_back)
    to_archive = []
    if counts_tables and rule.kind in _IN_MONTHS and rule.keep_days is not None:
        planned = plan_months(older_than_days=rule.keep_days, at=at)
        to_archive = [month for month in planned if not month.is_held]
    due = Counter(each.month for each in found.due)
    months = [
        MonthLine(month, due[month], found.held[month], found.kept_back[month])
        for month in sorted(due.keys() | found.held.keys() | found.kept_back.keys())
    ]
    return KindPlan(rule, found.due, months, to_archive)


def _month(due: Due) -> date:
    return due.month
