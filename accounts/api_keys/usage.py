"""When a key was last used and how often: counted for every request, written once a minute.

All processes count in Redis, and the one that opens a minute's gate writes what was counted; when
the gate opens, every process knows. While Redis is away each process counts and keeps its own gate,
so that no request waits or fails for it.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from django.db import Error, connection, transaction
from redis import Redis, RedisError
from redis.commands.core import Script

from accounts.api_keys.holding import Holding, Hours
from aviation.tenants.context import platform_context

logger = structlog.get_logger("dbx.api_keys")

HOUR_S = 3_600
WRITTEN_EVERY_S = 60
PATIENCE_S = 0.1
"""How long one request waits for Redis."""
REST_S = 5.0
"""How long Redis is left alone after it did not answer."""
KEPT_S = 14 * 86_400
"""How long uses wait in Redis for the key's next use to write them."""

_COUNT = """
for i = 3, #ARGV, 2 do
    redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then
    return {redis.call('PTTL', KEYS[2])}
end
local counted = redis.call('HGETALL', KEYS[1])
redis.call('DEL', KEYS[1])
table.insert(counted, 1, ARGV[1] * 1000)
return counted
"""
"""Answers the milliseconds until the gate opens, then hours and requests if it was open."""

_WRITE = """
INSERT INTO public.accounts_apikeyusage (org_id, key_id, hour, requests, last_used_at, last_address)
SELECT %(organization)s, id, %(hour)s, %(requests)s, %(at)s, %(address)s
FROM public.accounts_apikey WHERE key_id = %(key)s
ON CONFLICT (key_id, hour) DO UPDATE SET
    requests = accounts_apikeyusage.requests + excluded.requests,
    last_used_at = greatest(accounts_apikeyusage.last_used_at, excluded.last_used_at),
    last_address = excluded.last_address
"""


class OwnCount:
    """What one process counts while Redis is away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[str, Counter[int]] = {}
        self._gate: dict[str, float] = {}
        self._rests_until = 0.0

    @property
    def is_resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def rest(self) -> None:
        self._rests_until = time.monotonic() + REST_S

    def keep(self, key_id: str, hours: Hours) -> None:
        """Add uses, to be written with the next one."""
        with self._lock:
            self._add(key_id, hours)

    def count(self, key_id: str, hours: Hours) -> Hours:
        """Add uses; what is to be written now, which is nothing while the gate is shut."""
        with self._lock:
            self._add(key_id, hours)
            if time.monotonic() < self._gate.get(key_id, 0.0):
                return {}
            self._gate[key_id] = time.monotonic() + WRITTEN_EVERY_S
            return self._counted.pop(key_id)

    def _add(self, key_id: str, hours: Hours) -> None:
        counted = self._counted.setdefault(key_id, Counter())
        counted.update(hours)


_own = OwnCount()


def note_use(key_id: str, organization_id: uuid.UUID, address: str) -> None:
    """Count one use. Never raises."""
    now = datetime.now(tz=UTC)
    hour = int(now.timestamp()) // HOUR_S * HOUR_S
    counted = _count(key_id, hour)
    if not counted:
        return
    try:
        _write(key_id, organization_id, address, now, counted)
    except Error as error:
        logger.warning("use of an API key not written", key=key_id, cause=str(error))


def waiting_uses(key_id: str) -> Hours:
    """Requests that were counted and are not written yet."""
    waiting = Counter(_holding.held_of(key_id))
    if _own.is_resting:
        return waiting
    try:
        found: dict[bytes, bytes] = _redis().hgetall(_names(key_id)[0])  # type: ignore[assignment]
    except RedisError:
        _own.rest()
    else:
        waiting.update({int(hour): int(requests) for hour, requests in found.items()})
    return waiting


def _count(key_id: str, hour: int) -> Hours:
    hours = _holding.add(key_id, hour)
    if not hours:
        return {}
    if _own.is_resting:
        return _own.count(key_id, hours)
    pairs = [number for each in hours.items() for number in each]
    try:
        opens_ms, *found = _script()(keys=_names(key_id), args=(WRITTEN_EVERY_S, KEPT_S, *pairs))
    except RedisError as error:
        _rest(error)
        return _own.count(key_id, hours)
    _holding.make_due(key_id, within_s=opens_ms / 1_000)
    return {int(a): int(b) for a, b in zip(found[::2], found[1::2], strict=True)}


def _count_only(key_id: str, hours: Hours) -> None:
    """For uses that were held back and followed by none: the next one writes them."""
    if not _own.is_resting:
        try:
            for hour, requests in hours.items():
                _redis().hincrby(_names(key_id)[0], str(hour), requests)
        except RedisError as error:
            _rest(error)
        else:
            return
    _own.keep(key_id, hours)


def _rest(error: RedisError) -> None:
    _own.rest()
    logger.warning("uses of API keys are counted without Redis", cause=str(error))


_holding = Holding(_count_only)


def _write(
    key_id: str,
    organization_id: uuid.UUID,
    address: str,
    now: datetime,
    counted: Hours,
) -> None:
    with platform_context(), transaction.atomic(), connection.cursor() as cursor:
        for hour, requests in counted.items():
            ended = datetime.fromtimestamp(hour + HOUR_S, tz=UTC)
            values: dict[str, Any] = {
                "organization": organization_id,
                "key": key_id,
                "hour": datetime.fromtimestamp(hour, tz=UTC),
                "requests": requests,
                "at": min(now, ended),
                "address": address or None,
            }
            cursor.execute(_WRITE, values)


def _names(key_id: str) -> tuple[str, str]:
    """The counter and the gate of a key, on one node where Redis is a cluster."""
    return f"dbx:key-uses:{{{key_id}}}", f"dbx:key-gate:{{{key_id}}}"


@cache
def _redis() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
    )


@cache
def _script() -> Script:
    return _redis().register_script(_COUNT)
