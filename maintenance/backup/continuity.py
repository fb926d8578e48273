"""Which WAL is there without a hole, and how far each backup can be rolled forward.

Pure sums over names: whether the files can be read is asked elsewhere. A restore follows one
timeline: the newest that descends from the backup's own, as PostgreSQL does by default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from maintenance.backup.folder_store import Store
from maintenance.backup.manifest import Manifest
from maintenance.backup.wal_names import SEGMENT, Segment, read_segment_name
from maintenance.backup.wal_store import stored_file

Histories = Mapping[int, Sequence[tuple[int, int]]]
"""Of each timeline beyond the first: the earlier ones, each with the position it was left at."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one backup can be rolled forward."""

    backup_id: str
    timeline: int
    """The timeline it ends on."""
    segments: tuple[Segment, ...]
    """What it can use, in order, from its first segment to the last before a hole or the end."""
    hole: str
    """The first missing segment that later ones follow; empty when there is no hole."""
    lacks_own: bool
    """The hole lies within what the backup needs to be consistent: it is of no use."""

    @property
    def last(self) -> Segment | None:
        return self.segments[-1] if self.segments else None


def reach(manifest: Manifest, archived: Collection[Segment], histories: Histories) -> Reach:
    """Walk from the backup's first segment to the last one that follows without a hole."""
    held = frozenset(archived)
    timeline, path = _path(manifest, held, histories)
    usable: list[Segment] = []
    hole = ""
    for segment in path:
        if segment not in held:
            hole = segment.name(manifest.segment_bytes)
            break
        usable.append(segment)
    own_end = manifest.last_segment
    lacks_own = not usable or usable[-1].number < own_end.number
    if lacks_own and not hole:
        reached = usable[-1].number + 1 if usable else manifest.first_segment.number
        hole = Segment(manifest.timeline, reached).name(manifest.segment_bytes)
    return Reach(manifest.id, timeline, tuple(usable), hole, lacks_own)


def own_segments(manifest: Manifest) -> Iterator[Segment]:
    """What the backup itself needs to become consistent."""
    for number in range(manifest.first_segment.number, manifest.last_segment.number + 1):
        yield Segment(manifest.timeline, number)


def missing_segments(store: Store, manifest: Manifest) -> list[str]:
    """Which of the backup's own segments the archive lacks."""
    names = [each.name(manifest.segment_bytes) for each in own_segments(manifest)]
    return [name for name in names if stored_file(store, name) is None]


def segments_of(names: Collection[str], segment_bytes: int) -> set[Segment]:
    """The whole segments among archived names."""
    whole = (name for name in names if SEGMENT.fullmatch(name))
    return {read_segment_name(name, segment_bytes) for name in whole}


def _path(
    manifest: Manifest, held: frozenset[Segment], histories: Histories
) -> tuple[int, list[Segment]]:
    """The newest timeline that descends from the backup, and every segment on the way there."""
    descendants = [
        timeline
        for timeline, history in histories.items()
        if any(
            parent == manifest.timeline and left_at >= manifest.stop_position
            for parent, left_at in history
        )
    ]
    timeline = max([manifest.timeline, *descendants])
    first = manifest.first_segment.number
    newest = max((each.number for each in held if each.timeline == timeline), default=first - 1)
    turns = _turns(manifest, histories.get(timeline, ()))
    path = [
        Segment(_timeline_at(number, turns, timeline), number)
        for number in range(first, max(newest, manifest.last_segment.number) + 1)
    ]
    return timeline, path


def _turns(manifest: Manifest, history: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each earlier timeline with the number of the segment that already is of the next one."""
    return [
        (parent, left_at // manifest.segment_bytes)
        for parent, left_at in history
        if parent >= manifest.timeline
    ]


def _timeline_at(number: int, turns: Sequence[tuple[int, int]], newest: int) -> int:
    """Whose segment is read: the one a timeline was left in begins the next one as a copy."""
    for parent, turned_at in turns:
        if number < turned_at:
            return parent
    return newest
