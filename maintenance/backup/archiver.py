"""How much would be lost if the server were gone now, from what the database tells every role.

Every few seconds a mark says how far the WAL had come at that moment, and which transactions had
ended. Whatever is before the end of the last archived segment is safe; so the newest mark before
it tells since when work would be lost. That holds while the archiver catches up, too, when the
time of its last success says nothing about the age of what it archived. Marks at which no further
transaction had ended are as safe as the one before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from maintenance.backup.wal_names import SEGMENT, read_segment_name

FAILING_AFTER = timedelta(seconds=60)
LONGEST_LOSS = timedelta(seconds=150)
"""A minute until a quiet segment is closed (archive_timeout), and a minute and a half to spare."""
QUIET_MARGIN = timedelta(seconds=30)
MOST_MARKS = 20_000


class Mark(NamedTuple):
    """How far the WAL had come, when, and PostgreSQL's snapshot: which transactions had ended."""

    position: int
    at: datetime
    snapshot: str


@dataclass(frozen=True, slots=True)
class ArchiverFacts:
    """What pg_stat_archiver and the WAL's end say now."""

    now: datetime
    position: int
    snapshot: str
    segment_bytes: int
    is_on: bool
    last_archived: str = ""
    last_archived_at: datetime | None = None
    last_failed_at: datetime | None = None
    archive_timeout_s: int = 60

    @property
    def archived_to(self) -> int:
        """The end of the last archived segment; 0 when there is none."""
        segment = SEGMENT.match(self.last_archived)
        if segment is None:
            return 0
        number = read_segment_name(segment[0], self.segment_bytes).number
        # A backup's note is archived after its segment, a timeline's unfinished end is not whole.
        is_whole = not self.last_archived.endswith(".partial")
        return (number + is_whole) * self.segment_bytes

    @property
    def is_failing(self) -> bool:
        failed, archived = self.last_failed_at, self.last_archived_at
        return failed is not None and (archived is None or failed > archived)


@dataclass(frozen=True, slots=True)
class ArchiverState:
    """What would be lost now, and whether a person has to look."""

    loss: timedelta
    problem: str
    """Empty when all is well."""


def with_mark(marks: Sequence[Mark], facts: ArchiverFacts) -> list[Mark]:
    """The marks with one for now, without those that can tell nothing any more."""
    kept = list(marks)
    # Of a quiet time the beginning and the end say everything.
    if len(kept) > 1 and kept[-2].snapshot == kept[-1].snapshot == facts.snapshot:
        kept.pop()
    kept.append(Mark(facts.position, facts.now, facts.snapshot))
    first = max((i for i, mark in enumerate(kept) if mark.position <= facts.archived_to), default=0)
    return kept[first:][-MOST_MARKS:]


def judge(marks: Sequence[Mark], facts: ArchiverFacts) -> ArchiverState:
    """How long ago the newest moment is that the archive can bring back."""
    if not facts.is_on:
        return ArchiverState(timedelta(), "")
    loss = facts.now - _safe_until(marks, facts)
    failing = facts.is_failing and loss >= FAILING_AFTER
    if failing or loss > LONGEST_LOSS:
        verb = "fails" if failing else "does not go on"
        return ArchiverState(
            loss,
            f"Archiving WAL {verb}: what was done in the last {loss.total_seconds():.0f} s would"
            " be lost with the server.",
        )
    return ArchiverState(loss, "")


def _safe_until(marks: Sequence[Mark], facts: ArchiverFacts) -> datetime:
    """When the newest state was that the archive can bring back."""
    seen = [*marks, Mark(facts.position, facts.now, facts.snapshot)]
    runs = [list(run) for _, run in groupby(seen, key=lambda each: each.snapshot)]
    safe = [run[-1].at for run in runs if _is_safe(run, facts)]
    if safe:
        return max(safe)
    if len(runs) == 1 and facts.last_archived_at and not facts.is_failing:
        return facts.now  # only just begun to look, and nothing has happened since
    return facts.last_archived_at or seen[0].at


def _is_safe(run: Sequence[Mark], facts: ArchiverFacts) -> bool:
    """Whether the state of a run of marks, between which no transaction ended, is archived.

    It is when the WAL had not come further than the archive. It is, too, when the run lies in the
    segment that follows and outlasted archive_timeout: had there been anything in that segment
    before, the server would have closed it, whether the archiver works or not.
    """
    if run[0].position <= facts.archived_to:
        return True
    is_next = facts.archived_to and run[-1].position < facts.archived_to + facts.segment_bytes
    lasted = run[-1].at - run[0].at
    limit = timedelta(seconds=facts.archive_timeout_s) + QUIET_MARGIN
    return bool(is_next and facts.archive_timeout_s and lasted >= limit)
