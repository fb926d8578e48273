"""Values in Redis, for all processes. Every call waits a moment at most and raises RedisError.

All keys of a policy carry its name in braces, so that they stay together on a cluster.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import NoScriptError
from redis.retry import Retry

from aviation.caching.entries import Entry, Wanted, pack, unpack
from aviation.caching.release import CHARACTERS, release

CONNECT_TIMEOUT_S = 0.03
ANSWER_TIMEOUT_S = 0.05
LOCK_S = 3.0
"""How long one process makes a value before another may begin."""


class Script:
    """A Lua script beside this file, sent whole only when Redis does not know it."""

    def __init__(self, name: str) -> None:
        self._text = (Path(__file__).parent / "lua" / name).read_text(encoding="utf-8")
        self._digest = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    def run(self, redis: Redis, keys: list[str], values: list[Any]) -> int:
        try:
            answer = redis.evalsha(self._digest, len(keys), *keys, *values)
        except NoScriptError:
            answer = redis.eval(self._text, len(keys), *keys, *values)
        return int(cast(int, answer))


KEEP, FORGET, UNLOCK = Script("keep.lua"), Script("forget.lua"), Script("unlock.lua")


@dataclass(frozen=True, slots=True)
class RoomSize:
    """What one organization's values of a policy come to."""

    entries: int
    bytes: int
    soonest_end_at: float | None
    """Unix time at which the oldest value's lifetime is over."""


class SharedStore:
    def __init__(self, url: str, prefix: str) -> None:
        self._prefix = prefix
        pool = ConnectionPool.from_url(
            url,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=ANSWER_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,  # no greeting to wait for
            driver_info=None,
        )
        self.redis = Redis(connection_pool=pool)

    def get(self, wanted: Wanted) -> Entry | None:
        name = self._value(wanted)
        packed = cast("bytes | None", self.redis.get(name))
        return None if packed is None else unpack(name, packed)

    def lock(self, wanted: Wanted) -> tuple[str | None, Entry | None]:
        """The lock's token, None while somebody has it; and what is kept by now."""
        name, token = self._value(wanted), uuid.uuid4().hex
        with self.redis.pipeline(transaction=False) as calls:
            calls.set(self._lock(wanted), token, nx=True, px=round(LOCK_S * 1_000))
            calls.get(name)
            is_ours, packed = calls.execute()
        found = None if packed is None else unpack(name, packed)
        return (token if is_ours else None), found

    def unlock(self, wanted: Wanted, token: str) -> None:
        UNLOCK.run(self.redis, [self._lock(wanted)], [token])

    def keep(self, wanted: Wanted, entry: Entry, token: str | None) -> bool:
        """Keep the value and give the lock back; False for one too large to be kept."""
        policy, room = wanted.policy.name, wanted.room
        left_s = entry.made_at + wanted.policy.lifetime_s - time.time()
        if left_s <= 0:
            return False
        name = self._value(wanted)
        keys = [name, *self._room(policy, room), self._rooms(policy), self._lock(wanted)]
        now_ms, life_ms = round(time.time() * 1_000), max(1, round(left_s * 1_000))
        values = [pack(name, entry), now_ms, life_ms, settings.CACHE_ROOM_BYTES, room, token or ""]
        return KEEP.run(self.redis, keys, values) == 1

    def forget(self, policy: str, room: str, pattern: str) -> int:
        """Forget a room's values whose key matches, at once; answers how many."""
        skipped = len(self._start(policy, room).encode())
        return FORGET.run(self.redis, self._room(policy, room), [pattern, skipped])

    def rooms(self, policy: str) -> list[str]:
        """Whose values are, or were lately, kept."""
        found = cast("set[bytes]", self.redis.smembers(self._rooms(policy)))
        return sorted(each.decode() for each in found)

    def sizes(self, policy: str) -> Mapping[str, RoomSize]:
        """By room, what its values come to."""
        rooms = self.rooms(policy)
        with self.redis.pipeline(transaction=False) as calls:
            for room in rooms:
                index, sizes = self._room(policy, room)
                calls.zcount(index, time.time() * 1_000, "+inf")
                calls.hget(sizes, "total")
                calls.zrange(index, 0, 0, withscores=True)
            found = calls.execute()
        threes = [found[start : start + 3] for start in range(0, len(found), 3)]
        return {
            room: RoomSize(entries, int(total or 0), ends[0][1] / 1_000 if ends else None)
            for room, (entries, total, ends) in zip(rooms, threes, strict=True)
        }

    def _start(self, policy: str, room: str) -> str:
        """What the key of each value in the room begins with: as many bytes for each release."""
        return f"{self._prefix}:{{{policy}}}:{room}:{release():{CHARACTERS}}:"

    def _value(self, wanted: Wanted) -> str:
        return self._start(wanted.policy.name, wanted.room) + wanted.key

    def _lock(self, wanted: Wanted) -> str:
        """Whoever wants it as of another moment does not wait for this one."""
        return f"{self._value(wanted)}:lock:{wanted.policy.edition}.{wanted.generation}"

    def _room(self, policy: str, room: str) -> list[str]:
        start = f"{self._prefix}:{{{policy}}}:{room}"
        return [f"{start}#index", f"{start}#sizes"]

    def _rooms(self, policy: str) -> str:
        return f"{self._prefix}:{{{policy}}}#rooms"

    def counts_name(self, policy: str) -> str:
        """The hash of what was counted of the policy, for all processes together."""
        return f"{self._prefix}:{{{policy}}}#counts"


def shared_store() -> SharedStore:
    """This process's way to the Redis of the settings."""
    return _store(settings.REDIS_URL, f"{settings.CACHES['default']['KEY_PREFIX']}:cache")


@cache
def _store(url: str, prefix: str) -> SharedStore:
    return SharedStore(url, prefix)
