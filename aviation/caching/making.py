"""Making a value once for all who wait for it: threads of this process, and other processes.

A process that dies while it makes one is waited for no longer than its lock lasts.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection

from aviation.caching.asking import Away, ask
from aviation.caching.counting import counts
from aviation.caching.entries import Entry, Wanted
from aviation.caching.generations import read_generation
from aviation.caching.memory import MemoryStore
from aviation.caching.shared import LOCK_S, shared_store
from aviation.caching.turns import Turns
from aviation.tenants.context import bound_organization

PATIENCE_S = LOCK_S
"""How long a thread waits for the one that makes the value; then it makes its own."""
PAUSES_S = (0.005, 0.05)
"""Between looks at what another process makes: at first, and at most."""

memory = MemoryStore(settings.CACHE_MEMORY_BYTES)
_turns: Turns[Entry] = Turns()


def find(wanted: Wanted) -> Entry | None:
    """The value if it is kept and true. Raises Away."""
    policy = wanted.policy
    if policy.is_local:
        near = memory.get(wanted.place, policy.local_s)
        if near is not None and near.is_true_for(wanted):
            return near
    if not policy.is_shared:
        return None
    far = ask(lambda: shared_store().get(wanted))
    if far is None or not far.is_true_for(wanted):
        return None
    if policy.is_local:
        memory.put(wanted.place, far)
    return far


def make_once(wanted: Wanted, make: Callable[[], bytes], *, is_away: bool) -> tuple[Entry, bool]:
    """The value, and whether this call made it. ``is_away``: Redis has not answered a moment ago.

    Raises what ``make`` raises; others who waited then make their own.
    """
    what = (wanted.place, wanted.policy.edition, wanted.generation)
    with _turns.first_for(what) as (turn, is_first):
        if is_first:
            is_alone = is_away or not wanted.policy.is_shared
            work = _make_here if is_alone else _make_for_all_processes
            entry, is_made, is_for_others = work(wanted, make)
            turn.value = entry if is_for_others else None
            return entry, is_made
    if turn.is_over.wait(PATIENCE_S) and turn.value is not None:
        return turn.value, False
    return _made(wanted, make), True


Outcome = tuple[Entry, bool, bool]
"""An entry, whether it was made just now, and whether others may have it."""


def _make_here(wanted: Wanted, make: Callable[[], bytes]) -> Outcome:
    entry = _made(wanted, make)
    is_for_others = _is_for_others(wanted)
    if wanted.policy.is_local and is_for_others:
        memory.put(wanted.place, entry)
    return entry, True, is_for_others


def _make_for_all_processes(wanted: Wanted, make: Callable[[], bytes]) -> Outcome:
    """One process has the lock and makes it; the others look until it is there."""
    token: str | None = None
    with contextlib.suppress(Away):
        token, found = _lock_or_value(wanted)
        if found is not None:
            return found, False, True
    try:
        outcome = _make_here(wanted, make)
        if outcome[-1]:
            token = None if _is_kept(wanted, outcome[0], token) else token
    finally:
        if token is not None:
            _unlock(wanted, token)
    return outcome


def _lock_or_value(wanted: Wanted) -> tuple[str | None, Entry | None]:
    """Neither where another process has taken too long. Raises Away."""
    until, pause_s = time.monotonic() + LOCK_S, PAUSES_S[0]
    while True:
        token, found = ask(lambda: shared_store().lock(wanted))
        if found is not None and found.is_true_for(wanted):
            if token is not None:
                _unlock(wanted, token)
            return None, found
        if token is not None or time.monotonic() >= until:
            return token, None
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, PAUSES_S[1])


def _made(wanted: Wanted, make: Callable[[], bytes]) -> Entry:
    at, began = time.time(), time.perf_counter()
    body = make()
    took_s = time.perf_counter() - began
    return Entry(body, wanted.policy.edition, wanted.generation, at, took_s)


def _is_for_others(wanted: Wanted) -> bool:
    """Not if the making has itself changed what it is made from, and may yet be undone.

    Of a transaction that is bound to no organization that cannot be told.
    """
    if not (wanted.topics and connection.in_atomic_block):
        return True
    return bound_organization() is not None and not read_generation(wanted.topics).is_own


def _is_kept(wanted: Wanted, entry: Entry, token: str | None) -> bool:
    """Whether Redis took it; then the lock is given back, too."""
    try:
        return ask(lambda: shared_store().keep(wanted, entry, token))
    except Away:
        counts.add(wanted.policy.name, wanted.room, away=1)
        return False


def _unlock(wanted: Wanted, token: str) -> None:
    with contextlib.suppress(Away):
        ask(lambda: shared_store().unlock(wanted, token))
