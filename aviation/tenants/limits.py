"""How long a statement may run and how long it may wait for a lock.

Sent with each transaction's binding, so that a pooler hands no limit on to the next client. The
usual limits stand in ``DATABASES[...]["TIME_LIMITS"]``; ``time_limits`` changes them for a block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds; 0 means no limit, None leaves what the server says."""

    statement_s: float | None = None
    lock_s: float | None = None

    @classmethod
    def from_settings(cls, options: Mapping[str, float]) -> TimeLimits:
        return cls(options.get("statement_s"), options.get("lock_s"))

    def over(self, outer: TimeLimits) -> TimeLimits:
        """These limits, and those of ``outer`` where these say nothing."""
        return TimeLimits(
            outer.statement_s if self.statement_s is None else self.statement_s,
            outer.lock_s if self.lock_s is None else self.lock_s,
        )


UNCHANGED = TimeLimits()
_changed: ContextVar[TimeLimits] = ContextVar("time_limits", default=UNCHANGED)


def current_limits(usual: TimeLimits) -> TimeLimits:
    """The limits in force: the connection's usual ones, unless a block changed them."""
    changed = _changed.get()
    return usual if changed is UNCHANGED else changed.over(usual)


@contextmanager
def time_limits(*, statement_s: float | None = None, lock_s: float | None = None) -> Iterator[None]:
    """Use other limits for the block's statements; what is not given stays as it was."""
    token = _changed.set(TimeLimits(statement_s, lock_s).over(_changed.get()))
    try:
        yield
    finally:
        _changed.reset(token)
