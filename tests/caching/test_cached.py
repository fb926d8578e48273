"""What is answered from memory, to whom, and until when."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from aviation.caching.choices import CacheKind, Invalidation
from aviation.caching.making import memory
from aviation.caching.policies import policy_of
from aviation.caching.reading import cached
from aviation.fleet.models import Aircraft
from aviation.tenants.context import platform_context
from tests.caching.build import Maker, bound, read, write
from tests.conftest import Cast

REQUESTS = 10_000
KINDS = list(CacheKind)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, kept_as: Callable[..., None]) -> CacheKind:
    """The test runs for each kind of store."""
    kept_as("aircraft_registry", kind=request.param)
    return request.param


def test_second_reading_is_answered_from_memory(fresh_organization: Cast, kind: CacheKind) -> None:
    make = Maker()
    assert [read(fresh_organization, make) for _ in range(3)] == [1, 1, 1]


def test_change_is_seen_by_the_next_reading(fresh_organization: Cast, kind: CacheKind) -> None:
    make = Maker()
    read(fresh_organization, make)
    write(fresh_organization)
    assert [read(fresh_organization, make) for _ in range(2)] == [2, 2]


def test_writer_sees_its_own_change_before_it_commits(
    fresh_organization: Cast, kind: CacheKind
) -> None:
    """And nobody is given what may still be undone."""
    count = Aircraft.objects.count
    assert read(fresh_organization, count) == 1
    with bound(fresh_organization):
        Aircraft.objects.create(registration="UNDONE")
        assert cached("aircraft_registry", "list", count) == 2
        transaction.set_rollback(True)
    write(fresh_organization)
    write(fresh_organization)
    assert read(fresh_organization, count) == 3


def test_undone_change_and_another_s_of_the_same_number_are_told_apart(
    fresh_organization: Cast, kind: CacheKind
) -> None:
    """The number an undone transaction had reached is reached by the next one that commits."""
    names = lambda: sorted(Aircraft.objects.values_list("registration", flat=True))  # noqa: E731
    with bound(fresh_organization):
        Aircraft.objects.create(registration="UNDONE")
        cached("aircraft_registry", "names", names)
        transaction.set_rollback(True)
    with bound(fresh_organization):
        Aircraft.objects.create(registration="KEPT")
    found = read(fresh_organization, names, key="names")
    assert "KEPT" in found
    assert "UNDONE" not in found


def test_value_whose_making_changes_the_topic_is_kept_by_nobody(
    fresh_organization: Cast, kind: CacheKind
) -> None:
    def make_and_write() -> int:
        Aircraft.objects.create(registration=uuid.uuid4().hex)
        return Aircraft.objects.count()

    with bound(fresh_organization):
        assert cached("aircraft_registry", "list", make_and_write) == 2
        transaction.set_rollback(True)
    assert read(fresh_organization, Aircraft.objects.count) == 1


def test_change_of_another_topic_leaves_it(fresh_organization: Cast, kind: CacheKind) -> None:
    make = Maker()
    read(fresh_organization, make)
    fresh_organization.organization.name = "Renamed"
    with platform_context(), transaction.atomic():
        fresh_organization.organization.save(update_fields=["name"])
    assert read(fresh_organization, make) == 1


def test_sights_are_told_apart(fresh_organization: Cast, kind: CacheKind) -> None:
    make = Maker()
    for sight, value in (("", 1), ("member:1", 2), ("member:2", 3), ("member:1", 2)):
        assert read(fresh_organization, make, sight=sight) == value


def test_long_keys_are_told_apart(fresh_organization: Cast, kind: CacheKind) -> None:
    make, long = Maker(), "x" * 5_000
    assert [read(fresh_organization, make, key=long + end) for end in ("a", "b", "a")] == [1, 2, 1]


def test_each_reader_gets_a_copy_of_its_own(fresh_organization: Cast, kind: CacheKind) -> None:
    for _ in range(3):
        found = read(fresh_organization, lambda: ["first"])
        assert found == ["first"]
        found.append("second")


def test_policy_switched_off_keeps_nothing(
    fresh_organization: Cast, kind: CacheKind, kept_as: Callable[..., None]
) -> None:
    make = Maker()
    read(fresh_organization, make)
    kept_as("aircraft_registry", kind=kind, is_on=False)
    assert [read(fresh_organization, make) for _ in range(2)] == [2, 3]


def test_lifetime_ends(
    fresh_organization: Cast, kind: CacheKind, kept_as: Callable[..., None], monkeypatch: Any
) -> None:
    make = Maker()
    read(fresh_organization, make)
    now = memory_clock(monkeypatch)
    now.moved_s = policy_of("aircraft_registry").lifetime_s - 1
    assert read(fresh_organization, make) == 1
    now.moved_s += 1
    assert read(fresh_organization, make) == 2


def test_same_key_never_crosses_over(
    casts: dict[str, Cast], committing: None, kind: CacheKind
) -> None:
    """T15: 10,000 mixed requests of two organizations with the same keys, 0 foreign hits."""
    chance, foreign, made = random.Random(15), 0, 0
    both = [casts["alpha"], casts["bravo"]]
    keys = [f"{uuid.uuid4().hex}-{number}" for number in range(5)]
    start = 0
    while start < REQUESTS:
        cast, batch = chance.choice(both), chance.randint(1, 40)
        own = cast.organization.slug
        with bound(cast):
            for _ in range(min(batch, REQUESTS - start)):
                make = Maker(own)
                found = cached("aircraft_registry", chance.choice(keys), make)
                foreign += found != own
                made += make.times
        start += batch
    assert foreign == 0
    assert made == len(both) * len(keys)


def test_value_of_an_organization_is_not_found_without_one(casts: dict[str, Cast]) -> None:
    key, make = uuid.uuid4().hex, Maker()
    with bound(casts["alpha"]):
        assert cached("system_health", key, make) == 1
    with platform_context(), transaction.atomic():
        assert [cached("system_health", key, make) for _ in range(2)] == [2, 2]
    with bound(casts["bravo"]):
        assert cached("system_health", key, make) == 3


def test_local_copy_of_what_no_event_makes_old_asks_again_after_a_second(
    kept_as: Callable[..., None],
) -> None:
    """Hybrid: values may be forgotten by name in Redis, of which a copy here hears nothing."""
    policy = "aircraft_registry"
    for invalidation, local_s in (({"event"}, 6 * 3_600), ({"event", "pattern"}, 1)):
        kept_as(policy, kind=CacheKind.HYBRID, invalidation=sorted(invalidation))
        assert policy_of(policy).local_s == local_s
    kept_as("system_health", kind=CacheKind.HYBRID, invalidation=[Invalidation.TIME])
    assert policy_of("system_health").local_s == 1


class Clock:
    moved_s = 0.0


def memory_clock(monkeypatch: Any) -> Clock:
    """Time that can be moved on, for what is kept and for who asks."""
    import time

    clock, wall, steady = Clock(), time.time, time.monotonic
    monkeypatch.setattr("aviation.caching.entries.time.time", lambda: wall() + clock.moved_s)
    monkeypatch.setattr(memory, "_clock", lambda: steady() + clock.moved_s)
    return clock
