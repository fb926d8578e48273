"""Allowances for guessing, counted in the database before anything that a guess could gain from.

What must never happen: a guess that is not counted because its request was rolled back, or one
more guess than allowed because many came at once. So a count is one statement on one row, and it
is committed before the answer is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils.crypto import salted_hmac

from aviation.common.errors import TooMany

_SPEND = """
INSERT INTO public.accounts_attemptallowance AS kept (key, full_at)
VALUES (%(key)s, clock_timestamp() + %(refill)s * interval '1 s')
ON CONFLICT (key) DO UPDATE
SET full_at = greatest(kept.full_at, clock_timestamp()) + %(refill)s * interval '1 s'
WHERE kept.full_at <= clock_timestamp() + %(room)s * interval '1 s'
RETURNING true
"""
_WAIT = """
SELECT ceil(extract(epoch FROM full_at - clock_timestamp()) - %(room)s)
FROM public.accounts_attemptallowance WHERE key = %(key)s
"""
_GIVE_BACK = """
UPDATE public.accounts_attemptallowance
SET full_at = full_at - %(refill)s * interval '1 s' WHERE key = %(key)s
"""
_REFILL = "DELETE FROM public.accounts_attemptallowance WHERE key = %(key)s"


@dataclass(frozen=True, slots=True)
class Allowance:
    """``burst`` attempts at once, then one more every ``refill_s`` seconds."""

    name: str
    burst: int
    refill_s: float

    def values(self, parts: tuple[str, ...]) -> dict[str, Any]:
        """What the statements take. ``room``: how far off fullness may be for one more attempt."""
        digest = salted_hmac(f"accounts.attempts.{self.name}", "\0".join(parts), algorithm="sha256")
        room = (self.burst - 1) * self.refill_s
        return {"key": digest.digest(), "refill": self.refill_s, "room": room}


def spend(allowance: Allowance, *parts: str) -> None:
    """Count one attempt by whom or what ``parts`` name. Raises TooMany when none is left."""
    values = allowance.values(parts)
    with _committed_cursor() as cursor:
        cursor.execute(_SPEND, values)
        if cursor.fetchone() is not None:
            return
        cursor.execute(_WAIT, values)
        waiting = cursor.fetchone()
    wait_s = max(1, int(waiting[0])) if waiting else 1
    raise TooMany(
        f"Too many attempts. Try again in {_in_words(wait_s)}.",
        retry_after_s=wait_s,
        code="too_many_attempts",
    )


def give_back(allowance: Allowance, *parts: str) -> None:
    """Take one attempt off the count: it was none to fear."""
    with _committed_cursor() as cursor:
        cursor.execute(_GIVE_BACK, allowance.values(parts))


def refill(allowance: Allowance, *parts: str) -> None:
    """Forget all attempts."""
    with _committed_cursor() as cursor:
        cursor.execute(_REFILL, allowance.values(parts))


@contextmanager
def _committed_cursor() -> Iterator[Any]:
    """A cursor whose work stands whatever becomes of the request's transaction."""
    connection = connections[DEFAULT_DB_ALIAS]
    if _commits_here(connection):
        with transaction.atomic(), connection.cursor() as cursor:
            yield cursor
        return
    beside = connection.copy()
    try:
        beside.set_autocommit(False)
        with beside.cursor() as cursor:
            yield cursor
        beside.commit()
    finally:
        beside.close()


def _commits_here(connection: Any) -> bool:
    """Whether no transaction is open; one that a test is wrapped in counts as none."""
    blocks = connection.atomic_blocks
    return not blocks or bool(blocks[0]._from_testcase)


def _in_words(seconds: int) -> str:
    if seconds < 60:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
