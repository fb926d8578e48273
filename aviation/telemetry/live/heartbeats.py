"""Noticing that a vehicle's heartbeat stays away."""

from __future__ import annotations

GAP_S = 3.0
"""Heartbeats come once a second; ground stations too call a vehicle lost after a few missed."""


class Heartbeats:
    """The heartbeats of one autopilot, by a clock that only goes forward."""

    def __init__(self) -> None:
        self.gaps = 0
        self.longest_gap_s = 0.0
        self._last_s: float | None = None
        self._is_away = False

    def beat(self, at_s: float) -> float | None:
        """A heartbeat came; answers how long the gap was that it ends."""
        silence_s = 0.0 if self._last_s is None else at_s - self._last_s
        self._notice(silence_s)
        ended = silence_s if self._is_away else None
        self._last_s, self._is_away = at_s, False
        return ended

    def check(self, at_s: float) -> bool:
        """Whether a gap is noticed now that was not known before."""
        if self._last_s is None:
            return False
        was_away = self._is_away
        self._notice(at_s - self._last_s)
        return self._is_away and not was_away

    def _notice(self, silence_s: float) -> None:
        if silence_s <= GAP_S:
            return
        self.gaps += not self._is_away
        self._is_away = True
        self.longest_gap_s = max(self.longest_gap_s, silence_s)
