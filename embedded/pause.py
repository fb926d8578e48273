"""Waiting that a signal can end: the one place where a wish to stop becomes an exception."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from types import FrameType

Pause = Callable[[float], None]
WISHES = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME_WISH_S = 1.0  # one Ctrl-C may arrive twice, from the terminal and through make


class StopRequestedError(Exception):
    """Somebody pressed Ctrl-C or asked for the end in another way."""


class SignalPause:
    """Waits as long as asked, wakes at any signal, and raises once a stop is wished.

    Nothing is ever interrupted in the middle: only a wait ends with StopRequestedError.
    """

    def __init__(self) -> None:
        self.impatient = False
        self.wish: signal.Signals | None = None
        self._wished_at: float | None = None
        self._stopping = False
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for wish in WISHES:
            signal.signal(wish, self._note)

    def __call__(self, seconds: float) -> None:
        """Wait, shorter when a signal comes."""
        self._raise_if_wished()
        if select.select([self._wake], [], [], seconds)[0]:
            os.read(self._wake, 4096)
        self._raise_if_wished()

    def begin_stopping(self) -> None:
        """From here on waits end normally; another wish makes us impatient instead."""
        self._stopping = True

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.wish = signal.Signals(number)
        now = time.monotonic()
        if self._wished_at is None:
            self._wished_at = now
        elif now - self._wished_at > SAME_WISH_S:
            self.impatient = True

    def _raise_if_wished(self) -> None:
        if self._wished_at is not None and not self._stopping:
            raise StopRequestedError


def wait_until(condition: Callable[[], bool], pause: Pause, timeout_s: float) -> bool:
    """Wait for a condition, asking every twentieth of a second; tell whether it came true."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause(0.05)
    return True
