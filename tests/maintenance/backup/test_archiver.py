"""What would be lost now: close to the truth whether the archiver works, fails or catches up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from maintenance.backup.archiver import ArchiverFacts, Mark, judge, with_mark

MB16 = 16 << 20
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


class Clock:
    """A server that writes a transaction a second, looked at every ten seconds."""

    def __init__(self) -> None:
        self.second = 0
        self.marks: list[Mark] = []
        self.position = MB16
        self.transactions = 0
        self.switched_after = 0
        self.archived = ""
        self.archived_s: int | None = None
        self.failed_s: int | None = None
        self.safe_s = 0
        self.is_alive = True
        self.is_busy = True

    def facts(self) -> ArchiverFacts:
        archived_at = None if self.archived_s is None else after(self.archived_s)
        failed_at = None if self.failed_s is None else after(self.failed_s)
        return ArchiverFacts(
            now=after(self.second),
            position=self.position,
            snapshot=f"{self.transactions}:{self.transactions}:",
            segment_bytes=MB16,
            is_on=True,
            last_archived=self.archived,
            last_archived_at=archived_at,
            last_failed_at=failed_at,
        )

    def tick(self) -> None:
        self.second += 1
        if self.is_busy:
            self.position += 300
            self.transactions += 1
        if self.second % 60 == 0 and self.transactions != self.switched_after:
            self._switch()
        if self.second % 10 == 0:
            self.marks = with_mark(self.marks, self.facts())

    def _switch(self) -> None:
        number = self.position // MB16
        self.position = (number + 1) * MB16 + 40  # the header of the next one
        self.switched_after = self.transactions
        if self.is_alive:
            self.archived = f"00000001{0:08X}{number:08X}"
            self.archived_s = self.safe_s = self.second
        else:
            self.failed_s = self.second

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.tick()

    @property
    def told_s(self) -> float:
        return judge(self.marks, self.facts()).loss.total_seconds()

    @property
    def is_alarming(self) -> bool:
        return bool(judge(self.marks, self.facts()).problem)


@pytest.mark.parametrize("seconds", [61, 125, 299, 600])
def test_with_a_working_archiver_it_is_within_ten_seconds_of_the_truth(seconds: int) -> None:
    clock = Clock()
    clock.run(seconds)
    assert clock.told_s == pytest.approx(clock.second - clock.safe_s, abs=10)
    assert not clock.is_alarming


def test_a_dead_archiver_is_told_within_two_minutes_and_truly() -> None:
    """R7: dead for ten minutes; the alarm comes in time, the loss is within 10 s of the truth."""
    clock = Clock()
    clock.run(300)
    clock.is_alive = False
    alarmed_at = None
    for second in range(1, 601):
        clock.tick()
        assert clock.told_s == pytest.approx(clock.second - clock.safe_s, abs=10)
        if alarmed_at is None and clock.is_alarming:
            alarmed_at = second
    assert alarmed_at is not None
    assert alarmed_at <= 120


def test_an_archiver_that_hangs_without_failing_is_told_too() -> None:
    clock = Clock()
    clock.run(300)
    clock.is_alive = False
    for _ in range(200):
        clock.tick()
        clock.failed_s = None
    assert clock.is_alarming


def test_while_it_catches_up_the_old_work_counts() -> None:
    """Its last success is of now; what it archived is ten minutes old."""
    clock = Clock()
    clock.run(120)
    clock.is_alive = False
    clock.run(600)
    clock.archived = f"00000001{0:08X}{5:08X}"
    clock.archived_s = clock.second
    assert clock.told_s > 300
    assert clock.is_alarming


def test_a_quiet_server_has_nothing_to_lose() -> None:
    clock = Clock()
    clock.run(300)
    clock.is_busy = False
    clock.run(86_400)
    assert clock.told_s == 0
    assert len(clock.marks) < 10


def test_one_small_transaction_on_a_quiet_server_counts() -> None:
    clock = Clock()
    clock.run(300)
    clock.is_busy = False
    clock.run(3_600)
    clock.is_alive = False
    clock.position += 150
    clock.transactions += 1
    happened = clock.second
    clock.run(600)
    assert clock.told_s == pytest.approx(clock.second - happened, abs=10)


def test_without_marks_the_last_success_counts_until_something_is_known() -> None:
    clock = Clock()
    clock.run(300)
    clock.marks = []
    assert not clock.is_alarming
    clock.is_alive = False
    clock.run(200)
    assert clock.is_alarming


def test_where_archiving_is_off_nothing_is_told() -> None:
    off = ArchiverFacts(BEGIN, 5 * MB16, "1:1:", MB16, is_on=False)
    assert judge([], off).problem == ""


@pytest.mark.parametrize(
    ("name", "segments"),
    [
        ("000000010000000000000004", 5),
        ("000000010000000000000004.00000028.backup", 5),
        ("000000010000000000000004.partial", 4),
        ("00000002.history", 0),
        ("", 0),
    ],
)
def test_how_far_a_file_says_the_archive_goes(name: str, segments: int) -> None:
    facts = ArchiverFacts(BEGIN, 0, "", MB16, is_on=True, last_archived=name)
    assert facts.archived_to == segments * MB16
