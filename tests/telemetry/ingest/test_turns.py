"""A fair share of a web process: who floods waits for itself."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from aviation.telemetry.ingest.slots import (
    AT_ONCE,
    AT_ONCE_FOR_ONE,
    SMALL_BYTES,
    SMALL_WAITING_BYTES,
    SMALL_WAITING_FOR_ONE,
    WAITING,
    WAITING_FOR_ONE,
    Busy,
    Turns,
)

A, B, C, D = (uuid.uuid4() for _ in range(4))
NEVER_S = 60.0
LARGE = SMALL_BYTES + 1


class Crowd:
    """Batches in threads of their own, each in its turn until it is told to end."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.begun: list[str] = []
        self.sent_away: list[str] = []
        self.is_sent_away_looked_at = False
        self._ends: dict[str, threading.Event] = {}
        self._began: dict[str, threading.Event] = {}
        self._pool = ThreadPoolExecutor(80)
        self._futures: list[Future[None]] = []

    def come(self, name: str, organization: uuid.UUID, sent_bytes: int = LARGE) -> None:
        """Returns when the batch has its turn or stands in the queue."""
        self._ends[name], self._began[name] = threading.Event(), threading.Event()
        before = self.turns.waiting()[organization]
        self._futures.append(self._pool.submit(self._work, name, organization, sent_bytes))
        while (
            self.turns.waiting()[organization] == before
            and name not in self.begun
            and name not in self.sent_away
        ):
            self._began[name].wait(0.001)

    def _work(self, name: str, organization: uuid.UUID, sent_bytes: int) -> None:
        try:
            with self.turns.turn(organization, sent_bytes):
                self.begun.append(name)
                self._began[name].set()
                self._ends[name].wait()
        except Busy:
            self.sent_away.append(name)

    def end(self, name: str, *, then: str) -> None:
        """One batch ends, and ``then`` has its turn."""
        self._ends[name].set()
        assert self._began[then].wait(60), f"{then} was passed by"

    def wait_for_sent_away(self, count: int) -> None:
        self.is_sent_away_looked_at = True
        pause = threading.Event()
        for _ in range(5_000):
            if len(self.sent_away) == count:
                return
            pause.wait(0.001)
        pytest.fail(f"{len(self.sent_away)} were sent away.")

    def close(self) -> None:
        for each in self._ends.values():
            each.set()
        for future in self._futures:
            future.result()
        self._pool.shutdown()
        assert self.is_sent_away_looked_at or not self.sent_away


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    crowd = Crowd(Turns(patience_s=NEVER_S))
    yield crowd
    crowd.close()


def test_one_organization_holds_a_part_only(crowd: Crowd) -> None:
    """I9: A floods; what it holds leaves room, so B's batch begins at once."""
    for number in range(AT_ONCE_FOR_ONE + 5):
        crowd.come(f"a{number}", A)
    assert len(crowd.begun) == AT_ONCE_FOR_ONE
    crowd.come("b", B)
    assert crowd.begun[-1] == "b"


def test_whoever_holds_least_is_next(crowd: Crowd) -> None:
    """I9: all turns are taken; D waits behind many of A's and is served before them."""
    for name, organization in (("a0", A), ("a1", A), ("c0", C), ("c1", C)):
        crowd.come(name, organization)
    assert len(crowd.begun) == AT_ONCE
    for number in range(2, 6):
        crowd.come(f"a{number}", A)
    crowd.come("d", D)
    crowd.end("a0", then="d")
    crowd.end("a1", then="a2")


def test_nobody_who_comes_later_passes_by(crowd: Crowd) -> None:
    for name, organization in (("a0", A), ("a1", A), ("c0", C), ("c1", C)):
        crowd.come(name, organization)
    crowd.come("b", B)
    crowd.come("d", D)
    crowd.end("c0", then="b")
    assert "d" not in crowd.begun
    crowd.end("a0", then="d")


def test_too_many_of_one_organization_are_sent_away_at_once(crowd: Crowd) -> None:
    """They would hold threads that others' requests need."""
    for number in range(AT_ONCE_FOR_ONE + WAITING_FOR_ONE):
        crowd.come(f"a{number}", A)
    with pytest.raises(Busy) as refusal, crowd.turns.turn(A, LARGE):
        pass
    assert (refusal.value.status, refusal.value.retry_after_s) == (503, 1)
    crowd.come("b", B)
    assert crowd.begun[-1] == "b"


def test_small_ones_of_one_organization_wait_in_larger_number(crowd: Crowd) -> None:
    """They are soon done; still they leave threads to others, and turns."""
    for number in range(AT_ONCE_FOR_ONE + SMALL_WAITING_FOR_ONE):
        crowd.come(f"a{number}", A, sent_bytes=1)
    for sent_bytes in (1, LARGE):
        with pytest.raises(Busy), crowd.turns.turn(A, sent_bytes):
            pass
    crowd.come("b", B)
    assert crowd.begun[-1] == "b"


def test_large_one_does_not_get_a_place_of_small_ones(crowd: Crowd) -> None:
    for number in range(AT_ONCE_FOR_ONE + WAITING_FOR_ONE):
        crowd.come(f"a{number}", A, sent_bytes=1)
    with pytest.raises(Busy), crowd.turns.turn(A, LARGE):
        pass
    crowd.come("small", A, sent_bytes=SMALL_BYTES)


def test_small_ones_that_wait_weigh_a_certain_sum_at_most(crowd: Crowd) -> None:
    """Over all organizations; each keeps the few places of its own."""
    for name, organization in (("a0", A), ("a1", A), ("c0", C), ("c1", C)):
        crowd.come(name, organization)
    for number in range(SMALL_WAITING_BYTES // SMALL_BYTES):
        crowd.come(f"small{number}", A, sent_bytes=SMALL_BYTES)
    with pytest.raises(Busy), crowd.turns.turn(A, 1):
        pass
    for number in range(WAITING_FOR_ONE):
        crowd.come(f"d{number}", D, sent_bytes=SMALL_BYTES)
    with pytest.raises(Busy), crowd.turns.turn(D, 1):
        pass


def test_two_that_flood_share_what_one_alone_may_have(crowd: Crowd) -> None:
    """At once, and by the half: the threads beyond stay free, whoever floods."""
    for number in range(AT_ONCE_FOR_ONE + SMALL_WAITING_FOR_ONE):
        crowd.come(f"a{number}", A, sent_bytes=1)
    for number in range(AT_ONCE_FOR_ONE + WAITING):
        crowd.come(f"b{number}", B, sent_bytes=1)
        assert crowd.turns.waiting().total() <= WAITING
    assert crowd.turns.waiting() == {A: WAITING / 2, B: WAITING / 2}
    assert crowd.begun == ["a0", "a1", "b0", "b1"]
    crowd.wait_for_sent_away(WAITING)
    last = range(AT_ONCE_FOR_ONE + WAITING // 2, AT_ONCE_FOR_ONE + WAITING)
    assert set(crowd.sent_away) == {f"{who}{number}" for who in "ab" for number in last}


def test_whoever_floods_keeps_nobody_out_of_the_queue(crowd: Crowd) -> None:
    """C's single batch takes the last place of who has most, and is served before them."""
    for number in range(AT_ONCE_FOR_ONE + SMALL_WAITING_FOR_ONE):
        crowd.come(f"a{number}", A, sent_bytes=1)
    for number in range(AT_ONCE_FOR_ONE + 5):
        crowd.come(f"b{number}", B, sent_bytes=1)
    crowd.come("c", C)
    crowd.wait_for_sent_away(6)
    assert {name[0] for name in crowd.sent_away} == {"a"}
    crowd.end("a0", then="c")


def test_waiting_ends_with_patience() -> None:
    turns = Turns(patience_s=0.01)
    with ExitStack() as held:
        for _ in range(AT_ONCE_FOR_ONE):
            held.enter_context(turns.turn(A, LARGE))
        with pytest.raises(Busy), turns.turn(A, LARGE):
            pass
    with turns.turn(A, LARGE):
        assert not turns.waiting()


def test_a_turn_is_given_back_after_an_error() -> None:
    turns = Turns(patience_s=0.01)
    for _ in range(AT_ONCE + 1):
        with pytest.raises(ValueError, match="broken"), turns.turn(A, LARGE):
            raise ValueError("broken")


def test_flood_in_threads_starves_nobody() -> None:
    """I9: 12 threads of A's without pause; each of B's 200 batches gets its turn."""
    turns, is_over = Turns(), threading.Event()
    most, running, lock = [0], [0], threading.Lock()

    def flood() -> int:
        done = 0
        while not is_over.is_set():
            try:
                done += _held(turns, A)
            except Busy:
                is_over.wait(0.001)
        return done

    def _held(turns: Turns, organization: uuid.UUID) -> int:
        with turns.turn(organization, LARGE):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            is_over.wait(0.001)
            with lock:
                running[0] -= 1
        return 1

    work: list[Callable[[], int]] = [flood] * 12
    with ThreadPoolExecutor(13) as pool:
        floods = [pool.submit(each) for each in work]
        served = sum(_held(turns, B) for _ in range(200))
        is_over.set()
        flooded = sum(each.result() for each in floods)
    assert served == 200
    assert flooded > 0
    assert most[0] <= AT_ONCE_FOR_ONE + 1
