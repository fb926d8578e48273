"""The limiter while Redis is dead, slow or full: quick, counted still, and back by itself."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import BaseCache, caches

from aviation.common.breaker import FAILURES, Breaker
from aviation.common.errors import Unavailable
from aviation.common.gcra.limiter import Limiter
from aviation.common.gcra.rules import Bucket, Policy
from aviation.common.health import check_redis
from tests.accounts.own_redis import OwnRedis
from tests.conftest import OWN_CACHE_TIMEOUTS

TEN = Policy(10)
ONE = [Bucket("key", "key", TEN.size, TEN.refill_us)]
CROWDS = PAUSES = 20
NOWHERE = "unix:///nowhere/redis.sock?db=0"


def seconds_of(limiter: Limiter) -> float:
    began = time.perf_counter()
    limiter.spend(ONE)
    return time.perf_counter() - began


def test_paused_redis_costs_a_request_a_moment_and_soon_nothing(own_redis: OwnRedis) -> None:
    """A11: each spends at most 100 ms, and nobody asks any more after 5 in a row.

    Redis is paused several times, and the first request's best time is timed, and the second's,
    and so on: a busy machine may delay any of them, but not always the same one.
    """
    best = [math.inf] * 50
    for _ in range(PAUSES):
        best = [min(pair) for pair in zip(best, spent_in_a_pause(own_redis), strict=True)]
        if max(best[:FAILURES]) <= 0.1 and max(best[FAILURES:]) <= 0.02:
            break
    assert min(best[:FAILURES]) > 0.02
    assert max(best[:FAILURES]) <= 0.1
    assert max(best[FAILURES:]) <= 0.02


def spent_in_a_pause(server: OwnRedis) -> list[float]:
    """Seconds of 50 requests, one after the other, of which the first five ask in vain."""
    limiter = Limiter(server.url, "limit", Breaker(pause_s=60))
    limiter.spend(ONE)
    limiter.breaker.note_success()
    server.pause()
    spent, in_vain = [], []
    for _ in range(50):
        spent.append(seconds_of(limiter))
        in_vain.append(limiter.breaker._failures)
    server.go_on()
    assert in_vain == [*range(1, FAILURES), *[FAILURES] * (51 - FAILURES)]
    assert limiter.breaker.is_open
    return spent


def test_paused_redis_delays_no_thread_of_many(own_redis: OwnRedis) -> None:
    """A11: also for those who ask at the same moment, on new connections each.

    One crowd of several has to be that quick, as a busy machine may delay any of them; if they
    waited for one another, none would be.
    """
    own_redis.pause()
    assert any(slowest_of_eight(own_redis) <= 0.1 for _ in range(CROWDS))


def slowest_of_eight(server: OwnRedis) -> float:
    limiter, begin = Limiter(server.url, "limit", Breaker(pause_s=60)), threading.Barrier(8)

    def ask(_number: int) -> float:
        begin.wait()
        return seconds_of(limiter)

    with ThreadPoolExecutor(8) as crowd:
        spent = list(crowd.map(ask, range(8)))
    assert limiter.breaker.is_open
    return max(spent)


def test_redis_that_goes_on_is_asked_again(own_redis: OwnRedis) -> None:
    clock = Clock()
    limiter = Limiter(own_redis.url, "limit", Breaker(failures=2, pause_s=3, clock=clock))
    own_redis.pause()
    for _ in range(2):
        limiter.spend(ONE)
    own_redis.go_on()
    limiter.spend(ONE)
    assert limiter.breaker.is_open
    clock.now += 3
    own_redis.connect().ping()
    limiter.spend(ONE)
    assert not limiter.breaker.is_open


def test_dead_redis_leaves_each_process_its_own_count(own_redis: OwnRedis) -> None:
    """A10: still ten a minute, by this process alone."""
    limiter = Limiter(own_redis.url, "limit")
    limiter.spend(ONE)
    own_redis.kill()
    decisions = [limiter.spend(ONE) for _ in range(40)]
    assert sum(decision.is_allowed for decision in decisions) == 10


def test_policy_may_refuse_what_cannot_be_counted() -> None:
    limiter = Limiter(NOWHERE, "limit")
    with pytest.raises(Unavailable) as refused:
        limiter.spend(ONE, refuses_without_redis=True)
    assert (refused.value.code, refused.value.retry_after_s) == ("limits_unavailable", 3)


def test_full_redis_loses_no_counter_and_limits_go_on(
    own_redis: OwnRedis, settings: object
) -> None:
    """A12: 0 counters are evicted, a cache write fails softly, each process counts by itself."""
    server = own_redis.connect()
    limiter = Limiter(own_redis.url, "limit")
    minutes = Policy(1, burst=10)
    counters = [Bucket(str(n), str(n), minutes.size, minutes.refill_us) for n in range(500)]
    for counter in counters:
        limiter.spend([counter])
    server.config_set("maxmemory", server.info("memory")["used_memory"] // 2)
    with own_cache(own_redis, settings) as cache:
        cache.set("chart", "x" * 100_000)
        assert cache.get("chart") is None
    decisions = [limiter.spend(ONE) for _ in range(40)]
    assert sum(decision.is_allowed for decision in decisions) == 10
    assert limiter.breaker.is_open
    assert server.exists(*(f"limit:{counter.key}" for counter in counters)) == 500


def test_paused_redis_delays_the_cache_for_half_a_second(
    own_redis: OwnRedis, settings: object
) -> None:
    """Once, with the product's own timeouts; the best of many, as others share the machine."""
    with own_cache(own_redis, settings, **OWN_CACHE_TIMEOUTS) as cache:
        cache.set("chart", 1)
        own_redis.pause()
        assert any(seconds_of_finding_nothing(cache) <= 0.75 for _ in range(PAUSES))


def seconds_of_finding_nothing(cache: BaseCache) -> float:
    began = time.perf_counter()
    assert cache.get("chart") is None
    return time.perf_counter() - began


def test_redis_that_would_forget_is_reported(own_redis: OwnRedis, settings: object) -> None:
    """A12: the health page asks for noeviction."""
    with own_cache(own_redis, settings):
        assert check_redis() == ""
        own_redis.connect().config_set("maxmemory-policy", "allkeys-lru")
        assert "noeviction" in check_redis()


class own_cache:  # noqa: N801 - reads as a function
    """Django's default cache on the test's own server."""

    def __init__(self, server: OwnRedis, settings: object, **options: float) -> None:
        self._server, self._settings, self._options = server, settings, options

    def __enter__(self) -> BaseCache:
        before = self._settings.CACHES
        default = before["default"] | {"LOCATION": self._server.url}
        default["OPTIONS"] = default["OPTIONS"] | self._options
        self._settings.CACHES = before | {"default": default}
        return caches["default"]

    def __exit__(self, *_error: object) -> None:
        caches["default"].client.get_client().connection_pool.disconnect()


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_breaker_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(failures=3)
    told = [breaker.note_failure(), breaker.note_failure(), breaker.note_success()]
    told += [breaker.note_failure(), breaker.note_failure(), breaker.note_failure()]
    assert told == [False, False, False, False, False, True]
    assert not breaker.lets_ask()


def test_breaker_sends_one_to_try_when_the_pause_is_over() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, pause_s=3, clock=clock)
    breaker.note_failure()
    clock.now = 3
    assert [breaker.lets_ask() for _ in range(3)] == [True, False, False]
    breaker.note_failure()
    clock.now = 5.9
    assert not breaker.lets_ask()
    clock.now = 6
    assert breaker.lets_ask()
    assert breaker.note_success()
    assert [breaker.lets_ask() for _ in range(3)] == [True, True, True]


def test_trial_that_never_reports_does_not_keep_the_breaker_open() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, pause_s=3, clock=clock)
    breaker.note_failure()
    clock.now = 3
    assert breaker.lets_ask()
    clock.now = 6
    assert breaker.lets_ask()
