"""A refusal is told again without Redis, for as long as Redis would say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviation.common.gcra import refusals
from aviation.common.gcra.limiter import Limiter
from aviation.common.gcra.refusals import HELD_US, Refusals
from aviation.common.gcra.rules import SECOND_US, Bucket, Policy, decide
from tests.accounts.own_redis import OwnRedis


def bucket(policy: Policy, key: str = "key") -> Bucket:
    return Bucket(key, key, policy.size, policy.refill_us)


ONE_A_MINUTE = bucket(Policy(1))
TEN_A_SECOND = bucket(Policy(600, burst=2))
THEN_US = 1_700_000_000 * SECOND_US


class Clock:
    """Stands still until it is moved; in seconds."""

    now = 5.0

    def __call__(self) -> float:
        return self.now


def refused(clock: Clock, *buckets: Bucket) -> Refusals:
    """What a process knows that has emptied the buckets and was refused one more."""
    known, kept = Refusals(clock), dict[str, int]()
    decision, spent = decide(THEN_US, buckets, kept)
    while decision.is_allowed:
        kept |= spent
        decision, spent = decide(THEN_US, buckets, kept)
    known.note(buckets, decision, known.now_us())
    return known


def times_asked(server: OwnRedis) -> int:
    calls: int = server.connect().info("commandstats")["cmdstat_evalsha"]["calls"]
    return calls


def test_flood_is_refused_again_without_asking_redis(own_redis: OwnRedis) -> None:
    limiter = Limiter(own_redis.url, "limit")
    assert [limiter.spend([ONE_A_MINUTE]).is_allowed for _ in range(2)] == [True, False]
    before = times_asked(own_redis)
    told = [limiter.spend([ONE_A_MINUTE]).is_allowed for _ in range(20)]
    assert (told, times_asked(own_redis)) == ([False] * 20, before)


def test_what_has_room_is_asked_each_time(own_redis: OwnRedis) -> None:
    limiter = Limiter(own_redis.url, "limit")
    wide = bucket(Policy(100), "wide")
    limiter.spend([wide])
    before = times_asked(own_redis)
    assert all(limiter.spend([wide]).is_allowed for _ in range(5))
    assert times_asked(own_redis) == before + 5


def test_refusal_counts_down() -> None:
    clock = Clock()
    known = refused(clock, TEN_A_SECOND)
    clock.now += 0.03
    told = known.again([TEN_A_SECOND])
    assert told is not None
    assert told.standings[0].retry_in_us == pytest.approx(70_000, abs=1)
    assert told.standings[0].full_in_us == pytest.approx(170_000, abs=1)
    assert told.at_us == pytest.approx(THEN_US + 30_000, abs=1)


@given(age_us=st.integers(0, 200_000))
def test_refusal_ends_when_there_is_room(age_us: int) -> None:
    clock = Clock()
    known = refused(clock, TEN_A_SECOND)
    clock.now += age_us / SECOND_US
    after_us = known.now_us() - int(5.0 * SECOND_US)
    assert (known.again([TEN_A_SECOND]) is not None) == (after_us < TEN_A_SECOND.refill_us)


def test_refusal_is_believed_for_a_second_at_most() -> None:
    """Somebody may have taken the counter out of Redis."""
    clock = Clock()
    known = refused(clock, ONE_A_MINUTE)
    clock.now += HELD_US / SECOND_US - 0.001
    assert known.again([ONE_A_MINUTE]) is not None
    clock.now += 0.001
    assert known.again([ONE_A_MINUTE]) is None


def test_raised_limit_is_not_refused_by_what_was_known() -> None:
    known = refused(Clock(), ONE_A_MINUTE)
    assert known.again([bucket(Policy(100))]) is None
    assert known.again([ONE_A_MINUTE, TEN_A_SECOND]) is None


def test_permission_is_not_remembered() -> None:
    known = Refusals(Clock())
    decision, _ = decide(THEN_US, [ONE_A_MINUTE], {})
    known.note([ONE_A_MINUTE], decision, known.now_us())
    assert known._known == {}


def test_refusals_of_many_take_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST", 3)
    known = Refusals(Clock())
    for number in range(10):
        one = bucket(Policy(1), str(number))
        full_at_us = {one.key: THEN_US + one.refill_us}
        known.note([one], decide(THEN_US, [one], full_at_us)[0], known.now_us())
        assert known.again([one]) is not None
        assert len(known._known) <= 3
