"""How far a backup can be rolled forward, from the names of the archived WAL alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from maintenance.backup.continuity import Histories, Reach, reach, segments_of
from maintenance.backup.manifest import Manifest
from maintenance.backup.wal_names import (
    NotWal,
    Segment,
    lsn_text,
    read_history,
    read_lsn,
    read_segment_name,
)

MB16 = 16 << 20
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_backup(
    first: int = 2, last: int = 3, timeline: int = 1, backup_id: str = "b", parent: str = ""
) -> Manifest:
    return Manifest(
        id=backup_id,
        policy="daily",
        parent=parent,
        system_identifier=1,
        postgres_major=18,
        started_at=NOW,
        finished_at=NOW,
        timeline=timeline,
        start_position=first * MB16 + 40,
        stop_position=last * MB16 + 300,
        segment_bytes=MB16,
        plain_bytes=0,
        recipient="",
        restore_point="",
        files=(),
    )


def reached(numbers: Iterable[int], histories: Histories | None = None, **backup: int) -> Reach:
    held = {Segment(1, number) for number in numbers}
    return reach(a_backup(**backup), held, histories or {})


def test_without_a_hole_it_reaches_the_newest_segment() -> None:
    found = reached(range(1, 21))
    assert (found.last, found.hole, found.lacks_own) == (Segment(1, 20), "", False)


def test_a_hole_in_the_middle_ends_it() -> None:
    """R3: to the segment."""
    found = reached(set(range(1, 21)) - {11})
    assert (found.last, found.hole) == (Segment(1, 10), "00000001000000000000000B")
    assert not found.lacks_own


@pytest.mark.parametrize("missing", [2, 3])
def test_a_backup_without_its_own_wal_is_of_no_use(missing: int) -> None:
    """R2"""
    found = reached(set(range(1, 21)) - {missing})
    assert found.lacks_own
    assert found.hole == f"00000001{missing:016X}"


def test_its_own_last_segment_may_not_be_the_end_of_the_archive() -> None:
    found = reached([1, 2])
    assert (found.lacks_own, found.hole) == (True, "000000010000000000000003")


def test_an_empty_archive_has_nothing() -> None:
    found = reached([])
    assert (found.last, found.lacks_own, found.hole) == (None, True, "000000010000000000000002")


def test_it_follows_the_newest_timeline_that_descends_from_its_own() -> None:
    held = {Segment(1, n) for n in (2, 3, 4, 5, 6)} | {Segment(2, n) for n in (5, 6, 7)}
    histories = {2: [(1, 5 * MB16 + 100)]}
    found = reach(a_backup(), held, histories)
    assert found.timeline == 2
    assert found.segments == (
        *(Segment(1, n) for n in (2, 3, 4)),
        *(Segment(2, n) for n in (5, 6, 7)),
    )


def test_a_timeline_that_turned_off_before_the_backup_ended_is_not_followed() -> None:
    held = {Segment(1, n) for n in (2, 3, 4)} | {Segment(2, n) for n in (2, 3)}
    found = reach(a_backup(), held, {2: [(1, 2 * MB16 + 50)]})
    assert (found.timeline, found.last) == (1, Segment(1, 4))


def test_only_whole_segments_count() -> None:
    names = ["000000010000000000000002", "000000010000000000000003.partial", "00000002.history"]
    assert segments_of(names, MB16) == {Segment(1, 2)}


@pytest.mark.parametrize("number", [0, 255, 256, 1_000_000])
def test_names_of_segments_are_read_as_they_are_written(number: int) -> None:
    for size in (1 << 20, MB16, 1 << 30):
        segment = Segment(3, number)
        assert read_segment_name(segment.name(size), size) == segment


def test_what_is_no_segment_name_is_refused() -> None:
    with pytest.raises(NotWal):
        read_segment_name("00000002.history", MB16)


def test_positions_are_read_as_they_are_written() -> None:
    assert lsn_text(read_lsn("1A/2B3C4D5E")) == "1A/2B3C4D5E"


def test_a_history_tells_where_timelines_were_left() -> None:
    text = "1\t0/3000060\tno recovery target specified\n\n2\t0/50000A0\tbefore 2026\n"
    assert read_history(text) == [(1, read_lsn("0/3000060")), (2, read_lsn("0/50000A0"))]
