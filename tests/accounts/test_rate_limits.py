"""Buckets: what they let through, in Redis and in one process alike."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviation.common.gcra.limiter import Limiter
from aviation.common.gcra.local import LocalBuckets
from aviation.common.gcra.rules import MINUTE_US, SECOND_US, Bucket, Decision, Policy, decide
from aviation.common.gcra.shared import SharedBuckets
from aviation.common.together import Together
from tests.accounts.own_redis import OwnRedis


def bucket(policy: Policy, key: str = "key") -> Bucket:
    return Bucket(key, key, policy.size, policy.refill_us)


def shared_buckets(server: OwnRedis) -> SharedBuckets:
    """Patient, as a busy machine shall not decide what is counted."""
    return SharedBuckets(server.url, "limit", answer_timeout_s=10)


A_HUNDRED = bucket(Policy(100))


def test_hundred_a_minute_lets_exactly_that_through_for_many_threads(own_redis: OwnRedis) -> None:
    """A8: 32 threads x 50 requests pass 100 + one for each 0.6 s, by Redis's own clock."""
    shared = shared_buckets(own_redis)
    begin = threading.Barrier(32)

    def ask_fifty(_number: int) -> list[Decision]:
        begin.wait()
        return [shared.spend([A_HUNDRED]) for _ in range(50)]

    with ThreadPoolExecutor(32) as crowd:
        decisions = [each for asked in crowd.map(ask_fifty, range(32)) for each in asked]
    moments = [decision.at_us for decision in decisions]
    earned = (max(moments) - min(moments)) // A_HUNDRED.refill_us
    assert len(decisions) == 1_600
    assert sum(decision.is_allowed for decision in decisions) == 100 + earned


@given(
    gaps=st.lists(st.integers(0, 2 * SECOND_US), min_size=100, max_size=400),
    per_minute=st.integers(1, 300),
    burst=st.integers(1, 60),
)
def test_no_minute_holds_more_than_the_limit_and_the_burst(
    gaps: list[int], per_minute: int, burst: int
) -> None:
    """A9: whatever 60 s are looked at."""
    buckets, one = LocalBuckets(), bucket(Policy(per_minute, burst))
    now, passed = 0, []
    for gap in gaps:
        now += gap
        if buckets.spend([one], now).is_allowed:
            passed.append(now)
    assert fullest(passed, MINUTE_US) <= per_minute + burst


def test_stream_across_the_edge_of_a_window_gains_nothing(own_redis: OwnRedis) -> None:
    """A9: 100 in 2 s asked of Redis without pause, for more than one such window."""
    shared = shared_buckets(own_redis)
    window_us = 2 * SECOND_US
    quick = Bucket("key", "key", size=20, refill_us=window_us // 100)
    passed: list[int] = []
    decision = first = shared.spend([quick])
    while decision.at_us - first.at_us < 1.25 * window_us:
        passed += [decision.at_us] if decision.is_allowed else []
        decision = shared.spend([quick])
    assert len(passed) > 100
    assert fullest(passed, window_us) <= 100 + 20


def fullest(moments: list[int], window_us: int) -> int:
    """The most moments that any window holds; one that begins with a moment is among those."""
    return max(
        sum(begin <= moment < begin + window_us for moment in moments[number:])
        for number, begin in enumerate(moments)
    )


def test_redis_and_the_rules_decide_alike(own_redis: OwnRedis) -> None:
    shared, kept = shared_buckets(own_redis), {}
    dice = random.Random(7)
    several = [bucket(Policy(60_000, size), f"of {size}") for size in (3, 5, 40)]
    refused = 0
    for _ in range(600):
        asked = dice.sample(several, dice.randint(1, 3))
        answer = shared.spend(asked)
        expected, to_keep = decide(answer.at_us, asked, kept)
        kept |= to_keep
        refused += not answer.is_allowed
        assert answer == expected
    assert 0 < refused < 600


def test_several_requests_in_one_go_are_decided_one_after_the_other(own_redis: OwnRedis) -> None:
    shared, kept = shared_buckets(own_redis), {}
    dice = random.Random(11)
    several = [bucket(Policy(60_000, size), f"of {size}") for size in (3, 5, 40)]
    refused = 0
    for _ in range(100):
        requests = [dice.sample(several, dice.randint(1, 3)) for _ in range(dice.randint(1, 9))]
        answers = shared.spend_all(requests)
        for asked, answer in zip(requests, answers, strict=True):
            expected, to_keep = decide(answer.at_us, asked, kept)
            kept |= to_keep
            refused += not answer.is_allowed
            assert answer == expected
    assert 0 < refused < 500


def test_threads_that_ask_together_get_no_more_than_the_limit(own_redis: OwnRedis) -> None:
    """Of two callers, each its own decision and its own limit."""
    limiter, begin = Limiter(own_redis.url, "limit"), threading.Barrier(16)
    limiter._together = Together(shared_buckets(own_redis).spend_all)
    callers = [bucket(Policy(1, burst=size), f"of {size}") for size in (30, 70)]

    def ask_twenty(number: int) -> list[Decision]:
        begin.wait()
        return [limiter.spend([callers[number % 2]]) for _ in range(20)]

    with ThreadPoolExecutor(16) as crowd:
        found = list(crowd.map(ask_twenty, range(16)))
    passed = [[each.is_allowed for each in decisions] for decisions in found]
    assert [sum(map(sum, passed[which::2])) for which in (0, 1)] == [30, 70]
    assert limiter.breaker._failures == 0


def test_refusal_by_one_bucket_spends_from_none(own_redis: OwnRedis) -> None:
    shared = shared_buckets(own_redis)
    narrow, wide = bucket(Policy(1), "narrow"), bucket(Policy(100), "wide")
    shared.spend([narrow, wide])
    for _ in range(3):
        assert not shared.spend([narrow, wide]).is_allowed
    assert shared.spend([wide]).standings[0].remaining == 98


def test_every_counter_expires_when_its_bucket_is_full(own_redis: OwnRedis) -> None:
    decision = shared_buckets(own_redis).spend([A_HUNDRED])
    life_ms = own_redis.connect().pttl("limit:key")
    assert 0 < life_ms <= decision.standings[0].full_in_us // 1_000 == 600


def test_script_that_redis_lost_is_sent_again(own_redis: OwnRedis) -> None:
    shared = shared_buckets(own_redis)
    shared.spend([A_HUNDRED])
    own_redis.connect().script_flush()
    assert shared.spend([A_HUNDRED]).standings[0].remaining == 98


@pytest.mark.parametrize("kept", ["nonsense", "99999999999999999", "-5"])
def test_counter_that_makes_no_sense_locks_nobody_out_for_long(
    own_redis: OwnRedis, kept: str
) -> None:
    own_redis.connect().set("limit:key", kept)
    standing = shared_buckets(own_redis).spend([A_HUNDRED]).standings[0]
    assert 0 <= standing.retry_in_us <= A_HUNDRED.refill_us


def test_lowered_limit_counts_at_once() -> None:
    buckets = LocalBuckets()
    for _ in range(100):
        buckets.spend([A_HUNDRED], 0)
    lowered = buckets.spend([bucket(Policy(60, burst=2))], 0).standings[0]
    assert (lowered.remaining, lowered.retry_in_us) == (0, SECOND_US)


def test_local_buckets_are_bounded_and_forget_the_longest_untouched() -> None:
    buckets = LocalBuckets(most=3)
    for key in ("a", "b", "c", "a", "d"):
        buckets.spend([bucket(Policy(100), key)], 0)
    left = {key: buckets.spend([bucket(Policy(100), key)], 0).standings[0] for key in "acd"}
    assert [standing.remaining for standing in left.values()] == [97, 98, 98]
    assert buckets.spend([bucket(Policy(100), "b")], 0).standings[0].remaining == 99


def test_bucket_is_earned_back_never_early() -> None:
    seventh = Policy(7)
    assert seventh.refill_us * 7 >= MINUTE_US > (seventh.refill_us - 1) * 7


@pytest.mark.parametrize(("per_minute", "burst"), [(0, 1), (-1, 0), (5, -1)])
def test_limit_that_lets_nothing_through_is_refused(per_minute: int, burst: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Policy(per_minute, burst)
