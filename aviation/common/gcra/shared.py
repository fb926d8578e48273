"""Buckets in Redis, for all processes together: one script call decides over whole requests.

The connections are the limiter's own. They wait a moment only and try nothing twice, so that a
Redis that hangs costs a request little; ``limiter`` sees to it that few requests try.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import NoScriptError, ResponseError
from redis.retry import Retry

from aviation.common.gcra.rules import Bucket, Decision, Standing

CONNECT_TIMEOUT_S = 0.03
ANSWER_TIMEOUT_S = 0.05
SCRIPT = (Path(__file__).parent / "spend.lua").read_text(encoding="utf-8")
DIGEST = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
FIGURES = 3
"""How many numbers the script answers for each bucket."""


class SharedBuckets:
    """The buckets in the Redis at ``url``. ``prefix`` sets them apart from all else in it."""

    def __init__(
        self, url: str, prefix: str, *, answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        self._prefix = prefix
        pool = ConnectionPool.from_url(
            url,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=answer_timeout_s,
            retry=Retry(NoBackoff(), 0),
            protocol=2,  # no greeting to wait for
            driver_info=None,
        )
        self._pool = pool

    def spend(self, buckets: Sequence[Bucket]) -> Decision:
        """Spend one from each bucket, or nothing. Raises RedisError when Redis does not answer."""
        (decision,) = self.spend_all([buckets])
        return decision

    def spend_all(self, requests: Sequence[Sequence[Bucket]]) -> list[Decision]:
        """The same for several requests, one after the other, in one round trip."""
        keys = [f"{self._prefix}:{bucket.key}" for buckets in requests for bucket in buckets]
        figures = [figure for buckets in requests for figure in _figures(buckets)]
        try:
            answer = self._call("EVALSHA", DIGEST, len(keys), *keys, *figures)
        except NoScriptError:
            answer = self._call("EVAL", SCRIPT, len(keys), *keys, *figures)
        return list(_decisions([int(number) for number in answer.split()], requests))

    def _call(self, *words: object) -> bytes:
        """One command and its answer. Redis's client would do the same in twice the time, which
        every request pays; a connection that failed is closed, as what it answers next is unknown.
        """
        connection: Any = self._pool.get_connection()
        try:
            connection.send_command(*words)
            answer: bytes = connection.read_response()
        except ResponseError:
            raise
        except BaseException:
            connection.disconnect()
            raise
        finally:
            self._pool.release(connection)
        return answer


def _figures(buckets: Sequence[Bucket]) -> Iterator[int]:
    """One request as the script is told of it."""
    yield len(buckets)
    for bucket in buckets:
        yield bucket.size
        yield bucket.refill_us


def _decisions(numbers: Sequence[int], requests: Sequence[Sequence[Bucket]]) -> Iterator[Decision]:
    at_us, start = numbers[0], 1
    for buckets in requests:
        end = start + FIGURES * len(buckets)
        threes = (numbers[each : each + FIGURES] for each in range(start, end, FIGURES))
        yield Decision(at_us, tuple(Standing(*three) for three in threes))
        start = end
