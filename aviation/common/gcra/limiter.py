"""Asks Redis, and this process's own buckets while Redis is away.

What must never happen: a request that fails, or waits long, because Redis does.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from aviation.common.breaker import PAUSE_S, Breaker
from aviation.common.errors import Unavailable
from aviation.common.gcra.local import LocalBuckets
from aviation.common.gcra.refusals import Refusals
from aviation.common.gcra.rules import Bucket, Decision
from aviation.common.gcra.shared import SharedBuckets
from aviation.common.together import CompanyFailed, Together

log = structlog.get_logger("dbx.limits")


class Limiter:
    def __init__(self, url: str, prefix: str, breaker: Breaker | None = None) -> None:
        self.breaker = breaker or Breaker()
        self._shared = SharedBuckets(url, prefix)
        self._together = Together(self._shared.spend_all)
        self._local = LocalBuckets()
        self._refusals = Refusals()

    def spend(self, buckets: Sequence[Bucket], *, refuses_without_redis: bool = False) -> Decision:
        """Spend one from each bucket, or nothing.

        Raises Unavailable when Redis is away and ``refuses_without_redis``.
        """
        if (refusal := self._refusals.again(buckets)) is not None:
            return refusal
        decision = self._ask_redis(buckets) if self.breaker.lets_ask() else None
        if decision is not None:
            return decision
        if refuses_without_redis:
            raise _unavailable()
        return self._local.spend(buckets)

    def _ask_redis(self, buckets: Sequence[Bucket]) -> Decision | None:
        asked_at_us = self._refusals.now_us()
        try:
            decision = self._together.ask(buckets)
        except (RedisError, OSError, CompanyFailed) as error:
            opened = self.breaker.note_failure()
            if opened:
                log.warning("limits are counted by each process alone", error=str(error)[:200])
            return None
        if self.breaker.note_success():
            log.warning("limits are counted in Redis again")
        self._refusals.note(buckets, decision, asked_at_us)
        return decision


def _unavailable() -> Unavailable:
    error = Unavailable("Requests cannot be counted just now.", code="limits_unavailable")
    error.retry_after_s = round(PAUSE_S)
    return error
