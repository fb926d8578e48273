"""Forgetting by hand and by pattern: all of what was meant, nothing else, and on record."""

from __future__ import annotations

import threading
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from aviation.audit.models import AuditEvent
from aviation.caching import asking
from aviation.caching.choices import CacheKind, Invalidation
from aviation.caching.counting import counts
from aviation.caching.entries import Wanted
from aviation.caching.figures import figures_of
from aviation.caching.making import memory
from aviation.caching.models import CachePolicy
from aviation.caching.policies import policy_of
from aviation.caching.purging import forget_matching, purge_policy
from aviation.caching.reading import cached
from aviation.caching.shared import shared_store
from aviation.common.errors import NotFound, Rejected
from aviation.tenants.context import platform_context
from tests.caching.build import Maker, bound, read
from tests.caching.conftest import KeptAs
from tests.conftest import Cast, make_cast

POLICY = "aircraft_registry"
BY_PATTERN = [Invalidation.EVENT, Invalidation.PATTERN]


@pytest.fixture
def by_pattern(kept_as: KeptAs) -> None:
    kept_as(POLICY, kind=CacheKind.HYBRID, invalidation=BY_PATTERN)


@pytest.mark.parametrize("kind", CacheKind)
def test_purge_forgets_all_organizations_values_of_the_policy(
    fresh_organization: Cast, kept_as: KeptAs, kind: CacheKind
) -> None:
    other = make_cast(f"{fresh_organization.organization.slug}-b")
    kept_as(POLICY, kind=kind)
    makers = [
        (cast, policy, Maker())
        for cast in (fresh_organization, other)
        for policy in (POLICY, "flight_analysis")
    ]
    for cast, policy, make in makers:
        read(cast, make, policy=policy)
    purge_policy(name=POLICY)
    found = [read(cast, make, policy=policy) for cast, policy, make in makers]
    assert found == [2, 1, 2, 1]


def test_purge_gives_redis_its_room_back(fresh_organization: Cast, kept_as: KeptAs) -> None:
    kept_as(POLICY, kind=CacheKind.REDIS)
    read(fresh_organization, Maker("x" * 10_000))
    policy = CachePolicy.objects.get(pk=POLICY)
    assert figures_of(policy).bytes > 10_000
    purge_policy(name=POLICY)
    assert (figures_of(policy).bytes, figures_of(policy).entries) == (0, 0)


def test_purge_is_known_to_a_process_that_was_told_nothing(
    fresh_organization: Cast, kept_as: KeptAs
) -> None:
    """Another process's purge changes the row alone; here, within a second, it is read."""
    kept_as("system_health", kind=CacheKind.MEMORY)
    make = Maker()
    with platform_context(), transaction.atomic():
        cached("system_health", "x", make)
        CachePolicy.objects.filter(pk="system_health").update(edition=2_000)
    deadline = threading.Event()
    for _ in range(40):
        with platform_context(), transaction.atomic():
            if cached("system_health", "x", make) == 2:
                return
        deadline.wait(0.05)
    pytest.fail("not within two seconds")


def test_purge_is_on_record_once_and_only_if_it_happened(kept_as: KeptAs) -> None:
    with platform_context(), transaction.atomic():
        before = AuditEvent.objects.filter(action="cache.purged").count()
    purge_policy(name=POLICY, reason="After a restore")
    with platform_context(), transaction.atomic():
        purge_policy(name=POLICY)
        transaction.set_rollback(True)
    with platform_context(), transaction.atomic():
        events = AuditEvent.objects.filter(action="cache.purged").order_by("-id")
        assert events.count() == before + 1
        assert (events[0].object_id, events[0].reason) == (POLICY, "After a restore")


def test_unknown_policy_is_purged_by_nobody(committing: None) -> None:
    with pytest.raises(NotFound):
        purge_policy(name="zeppelins")


@pytest.mark.usefixtures("by_pattern")
def test_pattern_forgets_what_matches_in_this_organization(fresh_organization: Cast) -> None:
    other = make_cast(f"{fresh_organization.organization.slug}-b")
    keys = ("list/1", "list/2", "one/1", "list")
    makers = {
        (cast.organization.slug, key): Maker()
        for cast in (fresh_organization, other)
        for key in keys
    }

    def found(cast: Cast) -> list[int]:
        return [read(cast, makers[cast.organization.slug, key], key) for key in keys]

    assert found(fresh_organization) == found(other) == [1, 1, 1, 1]
    with bound(fresh_organization):
        assert forget_matching(POLICY, "/list/*") == 2
    assert found(fresh_organization) == [2, 2, 1, 1]
    assert found(other) == [1, 1, 1, 1]


@pytest.mark.usefixtures("by_pattern")
def test_local_copy_follows_another_process_s_pattern_within_a_second(
    fresh_organization: Cast,
) -> None:
    make, room = Maker(), str(fresh_organization.organization.id)
    read(fresh_organization, make)
    forgotten_at, moments, asked_at = time.monotonic(), threading.Event(), [0.0]
    assert shared_store().forget(POLICY, room, "*") == 1
    asked_at.append(time.monotonic())
    while read(fresh_organization, make) == 1:
        moments.wait(0.02)
        asked_at.append(time.monotonic())
    # When the last one was asked for that was old, not how long a busy machine took to answer it.
    assert asked_at[-2] - forgotten_at <= 1.0


PATTERNS = [
    ("*", True),
    ("abc", True),
    ("ab", False),
    ("a?c", True),
    ("a??", True),
    ("????", False),
    ("*c", True),
    ("a*", True),
    ("*b*", True),
    ("*a*b*c*", True),
    ("*d*", False),
    ("", False),
    ("a.c", False),
    ("a%c", False),
    ("[abc]*", False),
    ("abc*", True),
    ("**", True),
]


@pytest.mark.usefixtures("by_pattern")
@pytest.mark.parametrize(("pattern", "is_meant"), PATTERNS)
def test_patterns_mean_the_same_in_redis_and_here(
    fresh_organization: Cast, pattern: str, is_meant: bool
) -> None:
    make = Maker()
    read(fresh_organization, make, "abc", sight="s")
    whole = f"s/{pattern}"
    with bound(fresh_organization):
        assert forget_matching(POLICY, whole) == is_meant
    here = [place for place in bodies() if place[2] == "s/abc"]
    assert bool(here) != is_meant


def bodies() -> list[tuple[str, str, str]]:
    return list(memory._entries)


@pytest.mark.usefixtures("by_pattern")
def test_pattern_of_many_stars_takes_no_time_without_end(fresh_organization: Cast) -> None:
    """Matched by backtracking this would keep Redis from everybody for minutes."""
    read(fresh_organization, Maker(), "a" * 150)
    with bound(fresh_organization):
        assert forget_matching(POLICY, "*a" * 90 + "b") == 0


@pytest.mark.usefixtures("by_pattern")
def test_pattern_looks_at_no_other_key_of_redis(fresh_organization: Cast) -> None:
    """Nor does it use KEYS or SCAN, which would walk through everything."""
    read(fresh_organization, Maker(), "one")
    redis = shared_store().redis
    before = commands(redis)
    with bound(fresh_organization):
        assert forget_matching(POLICY, "*") == 1
    used = {name for name, count in commands(redis).items() if count > before.get(name, 0)}
    assert not used & {"keys", "scan"}
    assert used & {"evalsha", "eval"}


def commands(redis: object) -> dict[str, int]:
    stats = redis.info("commandstats")  # type: ignore[attr-defined]
    return {name.removeprefix("cmdstat_"): each["calls"] for name, each in stats.items()}


@pytest.mark.usefixtures("by_pattern")
def test_pattern_is_forgotten_all_at_once(fresh_organization: Cast) -> None:
    """Whoever looks meanwhile sees all of the values, or none."""
    policy, room = policy_of(POLICY), str(fresh_organization.organization.id)
    wanted = [Wanted(policy, room, f"/{number}", 0) for number in range(40)]
    store, is_over, halves = shared_store(), threading.Event(), []
    names = [store._value(each) for each in wanted]

    def look() -> None:
        while not is_over.is_set():
            there = sum(each is not None for each in store.redis.mget(names))
            halves.append(0 < there < len(names))

    watcher = threading.Thread(target=look)
    for each in wanted:
        read_at_zero(each)
    watcher.start()
    try:
        for _ in range(30):
            store.forget(POLICY, room, "/*")
            with store.redis.pipeline(transaction=True) as calls:
                for name in names:
                    calls.set(name, b"x")
                    calls.zadd(store._room(POLICY, room)[0], {name: 9e15})
                calls.execute()
    finally:
        is_over.set()
        watcher.join()
    assert len(halves) > 20
    assert not any(halves)


def read_at_zero(wanted: Wanted) -> None:
    from aviation.caching.reading import answer

    answer(wanted, lambda: b"x")


def test_pattern_is_refused_where_it_would_be_in_vain(
    fresh_organization: Cast, kept_as: KeptAs
) -> None:
    kept_as(POLICY, kind=CacheKind.HYBRID, invalidation=[Invalidation.EVENT])
    with pytest.raises(Rejected), bound(fresh_organization):
        forget_matching(POLICY, "*")


@pytest.mark.usefixtures("by_pattern")
def test_pattern_that_redis_does_not_hear_purges_the_policy(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Maker()
    read(fresh_organization, make)
    with bound(fresh_organization), monkeypatch.context() as away:
        away.setattr(asking.breaker, "lets_ask", lambda: False)
        assert forget_matching(POLICY, "*") == 0
    assert read(fresh_organization, make) == 2


def test_command_purges_and_says_so(kept_as: KeptAs) -> None:
    before = policy_of(POLICY).edition
    said = StringIO()
    call_command("purge_cache", POLICY, "--dry-run", stdout=said)
    assert CachePolicy.objects.get(pk=POLICY).edition == before
    call_command("purge_cache", "--all", stdout=said)
    assert CachePolicy.objects.get(pk=POLICY).edition == before + 1
    assert f"{POLICY}: purged." in said.getvalue()


@pytest.mark.usefixtures("by_pattern")
def test_command_forgets_by_pattern(fresh_organization: Cast) -> None:
    read(fresh_organization, Maker(), "one")
    said, slug = StringIO(), fresh_organization.organization.slug
    call_command("purge_cache", POLICY, "--organization", slug, "--pattern", "*", stdout=said)
    assert said.getvalue() == f"{POLICY}: 1 forgotten.\n"


@pytest.mark.parametrize("wrong", [[], ["zeppelins"], [POLICY, "--pattern", "*"]])
def test_command_refuses_what_it_does_not_understand(committing: None, wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("purge_cache", *wrong)


def test_counts_and_sizes_are_told_by_organization(
    fresh_organization: Cast, kept_as: KeptAs
) -> None:
    kept_as(POLICY, kind=CacheKind.REDIS)
    policy, room = CachePolicy.objects.get(pk=POLICY), str(fresh_organization.organization.id)
    for _ in range(5):
        read(fresh_organization, Maker("x" * 1_000))
    counts.bring()
    (own,) = [each for each in figures_of(policy).rooms if each.room == room]
    assert (own.counted.hits, own.counted.misses, own.entries) == (4, 1, 1)
    assert own.counted.hit_rate == 0.8
    assert own.bytes > 1_000
    assert own.counted.saved_us > 0
    assert figures_of(policy).oldest_at is not None
