"""What the cache did comes to Redis by itself, and no request waits for it."""

from __future__ import annotations

import time

import pytest

from aviation.caching import counting
from aviation.caching.choices import CacheKind
from aviation.caching.counting import Counted, counted_of
from embedded.pause import wait_until
from tests.caching.build import Maker, read
from tests.caching.conftest import KeptAs
from tests.conftest import Cast

POLICY = "aircraft_registry"


def test_counts_are_brought_by_a_clock(
    fresh_organization: Cast, kept_as: KeptAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_as(POLICY, kind=CacheKind.REDIS)
    room = str(fresh_organization.organization.id)
    monkeypatch.setattr(counting, "BROUGHT_EVERY_S", 0.01)
    for number in (1, 2):  # the clock is set anew after it rang
        read(fresh_organization, Maker(), f"{number}")
        assert wait_until(lambda: misses_of(room) >= number, time.sleep, 60)  # noqa: B023 - called at once


def misses_of(room: str) -> int:
    return counted_of(POLICY).get(room, Counted()).misses
