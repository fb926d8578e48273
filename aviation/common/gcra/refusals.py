"""Refusals that still hold: whoever floods is told so again without Redis being asked.

A bucket that had no room has none until the moment that Redis told, whatever others spend from it.
What must never happen: a request let through by this. It only ever says no, or nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aviation.common.gcra.rules import SECOND_US, Bucket, Decision, decide

HELD_US = SECOND_US
"""No longer than this, as a counter may be taken out of Redis."""
MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Refusal:
    asked_at_us: int
    """By this process's own clock, before Redis looked at its own."""
    at_us: int
    full_at_us: Mapping[str, int]


class Refusals:
    """What this process was told. ``clock`` answers seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[Bucket, ...], _Refusal] = {}

    def now_us(self) -> int:
        return int(self._clock() * SECOND_US)

    def note(self, buckets: Sequence[Bucket], decision: Decision, asked_at_us: int) -> None:
        """Keep the decision if it is a refusal; all are forgotten before they become too many."""
        if decision.is_allowed:
            return
        if len(self._known) >= MOST:
            self._known.clear()
        full_at_us = {
            bucket.key: decision.at_us + standing.full_in_us
            for bucket, standing in zip(buckets, decision.standings, strict=True)
        }
        self._known[tuple(buckets)] = _Refusal(asked_at_us, decision.at_us, full_at_us)

    def again(self, buckets: Sequence[Bucket]) -> Decision | None:
        """The refusal as it stands now; None when there may be room."""
        known = self._known.get(tuple(buckets))
        if known is None:
            return None
        age_us = self.now_us() - known.asked_at_us
        if age_us < HELD_US:
            decision, _ = decide(known.at_us + age_us, buckets, known.full_at_us)
            if not decision.is_allowed:
                return decision
        return None
