"""The loop around a socket: receive, notice silence, hand rows on about once a second."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from aviation.telemetry.live.instants import Instant, instant_now
from aviation.telemetry.live.listener import Listener
from aviation.telemetry.live.outbox import Outbox

HAND_ON_EVERY_S = 1.0
WAIT_S = 0.1
MOST_AT_ONCE = 500
"""Datagrams before we look at the clock again."""
LONGEST_DATAGRAM = 4_096
ENDING_S = 10.0
"""How long rows are still sent after the end was asked for."""


def listen(
    opened: socket.socket,
    listener: Listener,
    outbox: Outbox,
    stop: threading.Event,
    *,
    clock: Callable[[], Instant] = instant_now,
) -> None:
    """Until ``stop`` is set or nothing may be stored any more; then the last rows are sent."""
    outbox.start()
    handed_on_s = clock().running_s
    try:
        while not stop.is_set() and outbox.is_running:
            receive(opened, listener, clock)
            now = clock()
            listener.check(now)
            if now.running_s - handed_on_s >= HAND_ON_EVERY_S:
                hand_on(listener, outbox)
                handed_on_s = now.running_s
    finally:
        receive(opened, listener, clock)
        listener.close_rows()
        hand_on(listener, outbox)
        outbox.close(ENDING_S)


def receive(opened: socket.socket, listener: Listener, clock: Callable[[], Instant]) -> None:
    """Take in what waits at the socket, after waiting a moment for the first of it."""
    opened.settimeout(WAIT_S)
    for _ in range(MOST_AT_ONCE):
        try:
            datagram, source = opened.recvfrom(LONGEST_DATAGRAM)
        except (TimeoutError, BlockingIOError):
            return
        except ConnectionError:
            continue  # somebody we never wrote to is gone; some systems tell us
        listener.take_in(datagram, source, clock())
        opened.settimeout(0)


def hand_on(listener: Listener, outbox: Outbox) -> None:
    rows = listener.take_rows()
    if rows is not None:
        outbox.put(rows)
