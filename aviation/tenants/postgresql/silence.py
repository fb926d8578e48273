"""Giving up on a database that says nothing: one that is paused, frozen or cut off.

Such a database ends no connection and refuses none, so whoever waits for it waits for good, and
each request that waits holds a thread. How long a statement takes tells nothing: a large one is
silent for long. So whoever has heard nothing for a while has the database asked a small question
over a connection of its own. When that stays open too, all who wait give up, and whoever comes is
told at once, until the question is answered. It is asked once at a time.

What must never happen: a commit whose outcome is unknown passes for done. Giving up raises
OperationalError, the same as a lost connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import psycopg
from psycopg import errors

QUIET_S = 2.0
"""After so long a silence the question is put."""
ANSWER_S = 3.0
"""How long its answer may take."""
CONNECT_S = 5
Waiting = Generator[Any, Any, Any]
"""What psycopg waits with: says what it waits for, and is told what came; nothing in between."""


class Pulse:
    """Whether the database answers a question, which ``ask`` puts to it."""

    def __init__(self, ask: Callable[[], None], *, answer_s: float = ANSWER_S) -> None:
        self._ask, self._answer_s = ask, answer_s
        self._lock = threading.Lock()
        self._asked_at: float | None = None
        self.was_away = False
        """What was found last. Costs nothing to look at."""

    def is_away(self) -> bool:
        """Have it asked, unless it is being asked already; says what is known by now."""
        with self._lock:
            if self._asked_at is None:
                self._asked_at = time.monotonic()
                threading.Thread(target=self._find_out, name="pulse", daemon=True).start()
            elif time.monotonic() - self._asked_at >= self._answer_s:
                self.was_away = True
            return self.was_away

    def require(self) -> None:
        """Raise OperationalError while the database is known to be away."""
        if self.was_away and self.is_away():
            raise _gone()

    def _find_out(self) -> None:
        is_away = True
        try:
            self._ask()
            is_away = False
        except errors.ConnectionTimeout:
            pass
        except psycopg.Error:
            is_away = False  # Whoever is refused is not kept waiting.
        finally:
            with self._lock:
                self._asked_at, self.was_away = None, is_away


def attend(connection: psycopg.Connection[Any], pulse: Pulse, *, quiet_s: float = QUIET_S) -> None:
    """Let whoever waits for an answer on this connection give up when the database is away.

    The connection is closed then: what it was doing may still be done or not.
    """
    usual = connection.wait

    def wait(waiting: Waiting, *args: Any, **options: Any) -> Any:
        return usual(_attended(waiting, connection, pulse, quiet_s), *args, **options)

    connection.wait = wait  # type: ignore[method-assign,assignment]


def _attended(
    waiting: Waiting, connection: psycopg.Connection[Any], pulse: Pulse, quiet_s: float
) -> Waiting:
    heard_at = time.monotonic()
    came = None
    while True:
        try:
            wanted = waiting.send(came)
        except StopIteration as end:
            return end.value
        came = yield wanted
        if came:
            heard_at = time.monotonic()
        elif time.monotonic() - heard_at >= quiet_s and pulse.is_away():
            connection.close()
            raise _gone()


def _gone() -> psycopg.OperationalError:
    return psycopg.OperationalError("the database does not answer")


_watched = threading.Event()


def give_up_on_silence() -> None:
    """For processes whose threads are needed by others: connections made from now on are attended.

    A worker or command has nothing better to do than to wait.
    """
    _watched.set()


def gives_up_on_silence() -> bool:
    return _watched.is_set()
