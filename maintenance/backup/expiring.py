"""Which backups and which WAL may go: plan, print, apply.

What must never happen:
- the last verified backup from before the window goes, however old it is: without one, nothing of
  the window's beginning can be brought back;
- a backup goes that a kept one builds on, or WAL that a kept one needs;
- anything verified goes while the newest backup is not verified: it may be all that is left;
- a backup of a policy nobody knows any more goes by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from maintenance.backup import verdicts
from maintenance.backup.dump_expiring import DumpExpiry, remove_dumps
from maintenance.backup.folder_store import Store
from maintenance.backup.manifest import BASE_FOLDER, MANIFEST, Manifest
from maintenance.backup.wal_names import SEGMENT, Segment, read_segment_name
from maintenance.backup.wal_store import Stored

logger = structlog.get_logger("dbx.backup")


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a policy says about keeping."""

    days: int
    at_least: int
    keeps_wal: bool = False


@dataclass(frozen=True, slots=True)
class Expiry:
    """What would be deleted, each with the reason, and why the rest stays."""

    backups: tuple[Manifest, ...]
    wal: tuple[Stored, ...]
    kept_back: str
    """Why nothing verified may go just now; empty when that is not so."""
    media: frozenset[str] = frozenset()
    """Content of files beside the database that no staying backup lists, by name in the store."""
    media_kept_back: str = ""
    """Why none of it goes; empty when that is not so."""
    of_dumps: DumpExpiry = field(default_factory=DumpExpiry)


def plan_expiry(
    backups: Sequence[Manifest],
    verified: frozenset[str],
    policies: Mapping[str, Keeping],
    wal: Iterable[Stored],
    now: datetime,
) -> Expiry:
    """Pure: what may go at ``now``. ``backups`` are all finished ones, oldest first."""
    ordered = sorted(backups, key=lambda each: each.finished_at)
    kept = _kept_by_policy(ordered, policies, now)
    window = max((each.days for each in policies.values() if each.keeps_wal), default=0)
    early, anchor = _anchors(ordered, verified, now - timedelta(days=window))
    if anchor:
        kept.add(anchor.id)
    kept_back = ""
    if ordered and ordered[-1].id not in verified:
        kept_back = f"The newest backup, {ordered[-1].id}, is not verified."
        kept |= verified
    kept = _with_parents(ordered, kept)
    gone = tuple(each for each in ordered if each.id not in kept)
    staying = [each for each in ordered if each.id in kept]
    return Expiry(gone, tuple(_superfluous(wal, staying, early)), kept_back)


def verified_ids(backups: Iterable[Manifest], store: Store) -> frozenset[str]:
    """Those whose last verdict was good."""
    found = ((each.id, verdicts.latest(store, each.id)) for each in backups)
    return frozenset(backup_id for backup_id, verdict in found if verdict and verdict.is_good)


def apply_expiry(expiry: Expiry, store: Store) -> None:
    """Delete what the plan names: a backup's manifest first, so that a kill leaves remains only."""
    for manifest in reversed(expiry.backups):  # who builds on others goes before them
        store.delete(f"{manifest.folder}/{MANIFEST}")
        for name in store.names(f"{BASE_FOLDER}/{manifest.id}"):
            store.delete(name)
        logger.info("backup expired", backup=manifest.id)
    for file in expiry.wal:
        store.delete(file.object_name)
    remove_dumps(expiry.of_dumps.dumps, store)


def _kept_by_policy(
    ordered: Sequence[Manifest], policies: Mapping[str, Keeping], now: datetime
) -> set[str]:
    kept = {each.id for each in ordered if each.policy not in policies}
    for name, keeping in policies.items():
        own = [each for each in ordered if each.policy == name]
        oldest = now - timedelta(days=keeping.days)
        kept |= {each.id for each in own if each.finished_at >= oldest}
        kept |= {each.id for each in own[len(own) - keeping.at_least :]}
    return kept


def _anchors(
    ordered: Sequence[Manifest], verified: frozenset[str], before: datetime
) -> tuple[Manifest | None, Manifest | None]:
    """The newest verified backup from before the window; and it, else the oldest verified one."""
    trusted = [each for each in ordered if each.id in verified]
    early = next((each for each in reversed(trusted) if each.finished_at <= before), None)
    return early, early or next(iter(trusted), None)


def _with_parents(ordered: Sequence[Manifest], kept: set[str]) -> set[str]:
    by_id = {each.id: each for each in ordered}
    found = set(kept)
    for backup_id in kept:
        step = by_id.get(backup_id)
        while step is not None:
            found.add(step.id)
            step = by_id.get(step.parent)
    return found


def _superfluous(
    wal: Iterable[Stored], staying: Sequence[Manifest], early: Manifest | None
) -> Iterable[Stored]:
    """WAL from before the early backup that no kept one needs for itself; without one, none.

    Timelines count by position alone: a segment of any of them stays with its neighbours.
    """
    if early is None:
        return
    own = {
        number
        for each in staying
        for number in range(each.first_segment.number, each.last_segment.number + 1)
    }
    for file in wal:
        segment = _segment_of(file.name, early.segment_bytes)
        if segment is None or segment.number in own:
            continue
        if segment.number < early.first_segment.number:
            yield file


def _segment_of(name: str, segment_bytes: int) -> Segment | None:
    """The segment a file belongs to; histories are kept for ever, they are a few lines."""
    start = SEGMENT.match(name)
    return read_segment_name(start[0], segment_bytes) if start else None
