from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from aviation.caching import asking, counting, shared
from aviation.caching.counting import counts
from aviation.caching.making import memory
from aviation.caching.models import CachePolicy
from aviation.caching.policies import forget_policies
from aviation.caching.shared import shared_store
from aviation.tenants.context import platform_context
from tests.accounts.conftest import own_redis
from tests.audit.conftest import by_hand
from tests.isolation.conftest import committing, pgbouncer, pooled

__all__ = ["by_hand", "committing", "own_redis", "pgbouncer", "pooled"]

KeptAs = Callable[..., None]


@pytest.fixture
def kept_as(committing: None) -> Iterator[KeptAs]:
    """Change a policy, really committed; undone at the end."""
    with platform_context(), transaction.atomic():
        before = list(CachePolicy.objects.all())

    def change(name: str, **values: object) -> None:
        with platform_context(), transaction.atomic():
            CachePolicy.objects.filter(pk=name).update(**values)
        forget_policies()

    yield change
    with platform_context(), transaction.atomic():
        for policy in before:
            policy.save()
    forget_policies()


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What this process kept for itself is no other test's.

    Nor does a timer bring counts to Redis in the middle of one: the tests bring them.
    """
    monkeypatch.setattr(counting, "BROUGHT_EVERY_S", 600.0)
    stop_bringing()
    shared._store.cache_clear()
    asking.breaker.note_success()
    forget_policies()
    yield
    stop_bringing()
    shared_store().redis.connection_pool.disconnect()
    shared._store.cache_clear()
    asking.breaker.note_success()
    memory.forget(lambda _place: True)


def stop_bringing() -> None:
    for each in threading.enumerate():
        if isinstance(each, threading.Timer) and each.function == counts.bring:
            each.cancel()
            each.join()
    counts._is_due = False
