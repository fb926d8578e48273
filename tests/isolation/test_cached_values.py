"""What is cached for one organization is never found by another."""

from __future__ import annotations

import random

from django.core.cache import cache

from aviation.tenants.context import tenant_context
from tests.conftest import Cast

REQUESTS = 10_000
KEYS = ("flight", "summary", "wear")


def test_same_key_never_crosses_over(alpha: Cast, bravo: Cast) -> None:
    """T15: 10,000 mixed requests of two organizations with the same keys, 0 foreign hits."""
    chance, foreign, hits = random.Random(15), 0, 0
    for number in range(REQUESTS):
        cast = alpha if chance.random() < 0.5 else bravo
        key, own = chance.choice(KEYS), cast.organization.slug
        with tenant_context(cast.organization):
            if number % 3 == 0:
                cache.set(key, own, timeout=60)
                continue
            found = cache.get(key)
        hits += found == own
        foreign += found not in (None, own)
    assert foreign == 0
    assert hits > REQUESTS / 2


def test_value_of_an_organization_is_not_found_without_one(alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        cache.set("flight", "alpha", timeout=60)
    assert cache.get("flight") is None
