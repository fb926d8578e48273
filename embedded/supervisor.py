"""Watch the children and start again what ended without being asked to."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from embedded.child import Child
from embedded.errors import EmbeddedError
from embedded.pause import Pause

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
STEADY_S = 60.0  # who ran that long has recovered; the next failure counts as the first
LOOK_EVERY_S = 1.0


@dataclass
class Watched:
    """A child, how often it failed in a row, and when it is due again."""

    child: Child
    failures: int = 0
    due_at: float | None = None


class Supervisor:
    """Keeps children running until the pause raises StopRequestedError."""

    def __init__(self, children: list[Child], pause: Pause, say: Callable[[str], None]) -> None:
        self._watched = [Watched(child) for child in children]
        self._pause = pause
        self._say = say

    def watch(self) -> None:
        """Look after all of them; the end of a child wakes us at once."""
        while True:
            self.look()
            self._pause(self._next_look_s())

    def look(self) -> None:
        """Look after each once."""
        for watched in self._watched:
            if watched.due_at is not None:
                self._revive_if_due(watched)
            elif (how := watched.child.ended()) is not None:
                self._plan_revival(watched, how)

    def _plan_revival(self, watched: Watched, how: int) -> None:
        now = time.monotonic()
        if now - watched.child.started_at > STEADY_S:
            watched.failures = 0
        delay_s = min(FIRST_DELAY_S * 2**watched.failures, LONGEST_DELAY_S)
        watched.failures += 1
        watched.due_at = now + delay_s
        child = watched.child
        last_words = f"\n  its last words: {child.log_tail(1)}" if how > 0 else ""
        self._say(
            f"{child.recipe.name} {in_words(how)}; starting it again in {delay_s:g} s"
            f" (its log: {child.recipe.log}){last_words}"
        )

    def _revive_if_due(self, watched: Watched) -> None:
        if watched.due_at is None or time.monotonic() < watched.due_at:
            return
        watched.due_at = None
        try:
            watched.child.start(self._pause)
        except EmbeddedError as problem:
            self._say(str(problem))
            watched.due_at = time.monotonic() + LONGEST_DELAY_S

    def _next_look_s(self) -> float:
        now = time.monotonic()
        waits = [watched.due_at - now for watched in self._watched if watched.due_at is not None]
        return max(0.0, min([LOOK_EVERY_S, *waits]))


def in_words(how: int) -> str:
    """Describe how a process ended."""
    if how < 0:
        return f"was ended by {signal.Signals(-how).name}"
    return f"ended with code {how}" if how else "ended"
