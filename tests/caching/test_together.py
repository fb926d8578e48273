"""Questions of many threads in one go: each gets its own answer, and none from before it asked."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import transaction

from aviation.caching import generations
from aviation.caching.generations import generation_for
from aviation.common.together import CompanyFailed, Together
from tests.caching.build import write
from tests.conftest import Cast, make_cast
from tests.isolation.crowd import in_threads

PATIENCE_S = 60
TOPICS = ("aircraft",)


class Oracle:
    """Answers with the question and the number of the round; holds the first until it may go on."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []
        self.began, self.may_answer = threading.Event(), threading.Event()
        self.fails = False

    def __call__(self, questions: Sequence[str]) -> list[tuple[str, int]]:
        self.rounds.append(list(questions))
        number = len(self.rounds)
        if number == 1:
            self.began.set()
            assert self.may_answer.wait(PATIENCE_S)
        if self.fails:
            raise OSError("no answer")
        return [(question, number) for question in questions]


def wait_for(together: Together[str, tuple[str, int]], waiting: int) -> None:
    pause, tries = threading.Event(), 0
    while len(together._waiting) < waiting:
        tries += 1
        assert tries < 10_000
        pause.wait(0.002)


def asked_while_one_is(
    oracle: Oracle, together: Together[str, tuple[str, int]], crowd: ThreadPoolExecutor
) -> list[Future[tuple[str, int]]]:
    """One is being asked, and five more have come meanwhile."""
    first = crowd.submit(together.ask, "first")
    assert oracle.began.wait(PATIENCE_S)
    others = [crowd.submit(together.ask, f"other {number}") for number in range(5)]
    wait_for(together, 5)
    return [first, *others]


def test_who_has_no_company_waits_for_nobody() -> None:
    oracle = Oracle()
    oracle.may_answer.set()
    together = Together(oracle)
    assert [together.ask(each) for each in ("a", "b", "c")] == [("a", 1), ("b", 2), ("c", 3)]


def test_who_comes_while_one_is_asked_goes_with_the_next() -> None:
    """And is not told what was asked before it came."""
    oracle = Oracle()
    together = Together(oracle)
    with ThreadPoolExecutor(6) as crowd:
        asked = asked_while_one_is(oracle, together, crowd)
        oracle.may_answer.set()
        first, *others = [each.result(PATIENCE_S) for each in asked]
    assert first == ("first", 1)
    assert others == [(f"other {number}", 2) for number in range(5)]
    assert [len(each) for each in oracle.rounds] == [1, 5]


def test_failure_is_told_to_all_who_wait_and_to_nobody_after_them() -> None:
    oracle = Oracle()
    together = Together(oracle)
    with ThreadPoolExecutor(6) as crowd:
        asked = asked_while_one_is(oracle, together, crowd)
        oracle.fails = True
        oracle.may_answer.set()
        errors = [type(each.exception(PATIENCE_S)) for each in asked]
    assert errors == [OSError, *[CompanyFailed] * 5]
    oracle.fails = False
    assert together.ask("again") == ("again", 2)


def test_answer_too_few_leaves_nobody_waiting() -> None:
    oracle = Oracle()
    together: Together[str, tuple[str, int]] = Together(lambda asked: oracle(asked)[:5])
    with ThreadPoolExecutor(7) as crowd:
        asked = asked_while_one_is(oracle, together, crowd)
        asked.append(crowd.submit(together.ask, "one more"))
        wait_for(together, 6)
        oracle.may_answer.set()
        errors = [type(each.exception(PATIENCE_S)) for each in asked]
    assert errors[0] is type(None)
    assert sorted(each.__name__ for each in errors[1:]) == ["CompanyFailed"] * 5 + ["ValueError"]


def test_many_threads_each_get_the_answer_to_their_own_question() -> None:
    together: Together[int, int] = Together(lambda numbers: [number * 2 for number in numbers])

    def ask(thread: int) -> bool:
        own = range(thread * 1_000, thread * 1_000 + 300)
        return all(together.ask(number) == number * 2 for number in own)

    with ThreadPoolExecutor(16) as crowd:
        assert all(crowd.map(ask, range(16)))


def test_no_reader_of_many_gets_a_number_from_before_a_commit(
    fresh_organization: Cast,
) -> None:
    """Outside of transactions, where they ask together; of two organizations at once."""
    casts = (fresh_organization, make_cast(f"o{uuid.uuid4().hex[:8]}"))
    before = [generation_for(cast.organization.id, TOPICS).number for cast in casts]
    committed, writes, readers = [0, 0], 40, 6
    is_over = threading.Event()

    def write_on() -> list[bool]:
        try:
            for number in range(writes):
                which = number % 2
                write(casts[which])
                committed[which] += 1
        finally:
            is_over.set()
        return []

    def read_on() -> list[bool]:
        late = []
        while not is_over.is_set():
            for which, cast in enumerate(casts):
                least = before[which] + committed[which]
                number = generation_for(cast.organization.id, TOPICS).number
                late.append(not least <= number <= before[which] + writes // 2)
        return late

    _, *told = in_threads(1 + readers, lambda number: read_on() if number else write_on())
    assert all(len(each) > 0 for each in told)
    assert not any(wrong for each in told for wrong in each)
    after = [generation_for(cast.organization.id, TOPICS).number for cast in casts]
    assert after == [number + writes // 2 for number in before]


def test_who_asked_with_one_that_failed_asks_alone(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_statement: bytes) -> str:
        raise CompanyFailed

    known = generation_for(fresh_organization.organization.id, TOPICS)
    monkeypatch.setattr(generations._together, "ask", fail)
    assert generation_for(fresh_organization.organization.id, TOPICS) == known


def test_transaction_asks_alone_and_counts_its_own_change(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread's connection knows nothing of it."""
    organization_id = fresh_organization.organization.id
    before = generation_for(organization_id, TOPICS).number
    with monkeypatch.context() as patched, transaction.atomic():
        patched.setattr(generations, "_together", None)
        write(fresh_organization)
        inside = generation_for(organization_id, TOPICS)
        transaction.set_rollback(True)
    assert (inside.number, inside.is_own) == (before + 1, True)
    assert generation_for(organization_id, TOPICS).number == before
