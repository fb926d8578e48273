"""The cache on a Redis of the test's own, which may be killed, paused and filled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aviation.caching import asking, shared
from aviation.caching.shared import ANSWER_TIMEOUT_S, CONNECT_TIMEOUT_S, shared_store
from aviation.common.breaker import Breaker
from tests.accounts.own_redis import OwnRedis


@contextmanager
def cache_on(server: OwnRedis, settings: Any, monkeypatch: Any, **breaker: Any) -> Iterator[None]:
    """As the product reaches Redis: with its own short timeouts and a fresh breaker."""
    settings.REDIS_URL = server.url
    monkeypatch.setattr(shared, "ANSWER_TIMEOUT_S", ANSWER_TIMEOUT_S)
    monkeypatch.setattr(shared, "CONNECT_TIMEOUT_S", CONNECT_TIMEOUT_S)
    monkeypatch.setattr(asking, "breaker", Breaker(**breaker))
    shared._store.cache_clear()
    yield
    shared_store().redis.connection_pool.disconnect()
    shared._store.cache_clear()
