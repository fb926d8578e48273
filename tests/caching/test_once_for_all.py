"""A value that many want at once is made once, and waited for no longer than a bound."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.conf import settings
from django.db import connection

from aviation.caching.choices import CacheKind
from aviation.caching.making import PATIENCE_S
from aviation.caching.reading import cached
from aviation.caching.shared import LOCK_S
from aviation.fleet.models import Aircraft
from tests.caching.build import Maker, bound, read
from tests.caching.conftest import KeptAs
from tests.conftest import Cast
from tests.isolation.crowd import in_threads
from tests.isolation.processes import surroundings

MAKING_S = 0.4
CROWD = 100


@contextmanager
def process(key: str, threads: int, seconds: float) -> Iterator[subprocess.Popen[str]]:
    prefix = settings.CACHES["default"]["KEY_PREFIX"]
    words = [prefix, key, str(threads), str(seconds)]
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.caching.crowding", *words],
        cwd=settings.ROOT,
        env=surroundings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait(10)
        for stream in (started.stdin, started.stdout):
            assert stream is not None
            stream.close()


def say(each: subprocess.Popen[str]) -> None:
    assert each.stdin is not None
    each.stdin.write("\n")
    each.stdin.flush()


def hear(each: subprocess.Popen[str]) -> str:
    assert each.stdout is not None
    return each.stdout.readline().strip()


@pytest.mark.parametrize("kind", CacheKind)
def test_hundred_threads_that_wait_cost_one_making(kept_as: KeptAs, kind: CacheKind) -> None:
    kept_as("system_health", kind=kind)
    key, making = uuid.uuid4().hex, Maker()

    def make() -> int:
        time.sleep(MAKING_S)
        return int(making())

    found = in_threads(CROWD, lambda _number: cached("system_health", key, make))
    assert found == [1] * CROWD


def test_hundred_readers_in_four_processes_cost_one_making(kept_as: KeptAs) -> None:
    kept_as("system_health", kind=CacheKind.REDIS)
    key = uuid.uuid4().hex
    with ExitStack() as stack:
        crowd = [stack.enter_context(process(key, CROWD // 4, MAKING_S)) for _ in range(4)]
        assert [hear(each) for each in crowd] == ["ready"] * 4
        for each in crowd:
            say(each)
        told = [json.loads(last_line(each)) for each in crowd]
    assert sum(each["readers"] for each in told) == CROWD
    assert sum(each["made"] for each in told) == 1
    assert {value for each in told for value in each["found"]} == {"value 1"}


def last_line(each: subprocess.Popen[str]) -> str:
    line = hear(each)
    return hear(each) if line == "making" else line


def test_readers_of_an_organization_s_value_cost_one_making_after_a_change(
    fresh_organization: Cast, kept_as: KeptAs
) -> None:
    """Readers before the change and after it wait for different values."""
    kept_as("aircraft_registry", kind=CacheKind.HYBRID)
    makers = [Maker(), Maker()]
    for number, making in enumerate(makers):

        def make(making: Maker = making) -> int:
            time.sleep(MAKING_S)
            making()
            return Aircraft.objects.count()

        found = in_threads(20, lambda _number, make=make: read(fresh_organization, make))
        assert found == [1 + number] * 20
        assert making.times == 1
        with bound(fresh_organization):
            Aircraft.objects.create(registration=uuid.uuid4().hex)


def test_process_that_dies_while_making_is_waited_for_no_longer_than_its_lock(
    kept_as: KeptAs,
) -> None:
    kept_as("system_health", kind=CacheKind.REDIS)
    key = uuid.uuid4().hex
    with process(key, 1, 600) as dying:
        assert hear(dying) == "ready"
        say(dying)
        assert hear(dying) == "making"
        dying.kill()
        dying.wait(10)
    began = time.monotonic()
    assert cached("system_health", key, Maker()) == 1
    assert time.monotonic() - began < LOCK_S + 2


def test_thread_that_hangs_is_waited_for_no_longer_than_a_bound(kept_as: KeptAs) -> None:
    kept_as("system_health", kind=CacheKind.MEMORY)
    key, is_making, may_end = uuid.uuid4().hex, threading.Event(), threading.Event()

    def hang() -> str:
        is_making.set()
        may_end.wait(60)
        return "late"

    def ask() -> None:
        cached("system_health", key, hang)
        connection.close()

    hanging = threading.Thread(target=ask)
    hanging.start()
    try:
        assert is_making.wait(10)
        began = time.monotonic()
        assert cached("system_health", key, lambda: "own") == "own"
        assert PATIENCE_S - 0.5 < time.monotonic() - began < PATIENCE_S + 2
    finally:
        may_end.set()
        hanging.join()


def test_making_that_fails_is_each_one_s_own_to_try(kept_as: KeptAs) -> None:
    """The error is the maker's; the others try, all at once, and do not wait for one another:
    they meet while they make it.
    """
    kept_as("system_health", kind=CacheKind.REDIS)
    key, times = uuid.uuid4().hex, Maker()
    lock, others = threading.Lock(), threading.Barrier(19)

    def fail_first() -> str:
        with lock:
            number = times()
        if number == 1:
            time.sleep(MAKING_S)
            raise ArithmeticError
        others.wait(60)
        return "made"

    def work(_number: int) -> str:
        try:
            return cached("system_health", key, fail_first)
        except ArithmeticError:
            return "failed"

    assert sorted(in_threads(20, work)) == ["failed", *["made"] * 19]


def test_lock_of_a_failed_making_is_given_back(kept_as: KeptAs) -> None:
    """The next reader does not wait for it."""
    kept_as("system_health", kind=CacheKind.REDIS)
    key = uuid.uuid4().hex

    def fail() -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        cached("system_health", key, fail)
    began = time.monotonic()
    assert cached("system_health", key, lambda: "made") == "made"
    assert time.monotonic() - began < LOCK_S / 2
