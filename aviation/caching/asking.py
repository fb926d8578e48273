"""Asking Redis so that nobody waits for one that is dead, slow or full."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

from aviation.common.breaker import Breaker

log = structlog.get_logger("dbx.cache")

Answer = TypeVar("Answer")

breaker = Breaker()


class Away(Exception):
    """Redis did not answer, or is left alone because it lately did not."""


def ask(call: Callable[[], Answer]) -> Answer:
    """What Redis answers. Raises Away."""
    if not breaker.lets_ask():
        raise Away
    try:
        answer = call()
    except (RedisError, OSError) as error:
        if breaker.note_failure():
            log.warning("values are made anew, as Redis does not answer", error=str(error)[:200])
        raise Away from error
    if breaker.note_success():
        log.warning("Redis answers again")
    return answer
