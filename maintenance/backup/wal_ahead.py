"""WAL fetched ahead of a server that rolls forward: decrypted and compared before it asks.

What must never happen: "there is no such file" told for one that is only late, or damaged, or was
there when the restore was planned. PostgreSQL would take it for the end of the WAL. So whoever
asks waits for what is on its way, and what cannot be fetched raises.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType

from maintenance.backup.archiving import fetch
from maintenance.backup.programs import give
from maintenance.backup.restoring import Plan, Restorer
from maintenance.backup.streams import Damaged
from maintenance.backup.wal_names import is_archived_name

AHEAD_BYTES = 256 << 20
"""Room for what lies there before it is asked for."""
AT_A_TIME = 2


class WalAhead:
    """The WAL of a plan, a few files ahead of the server; one caller asks at a time."""

    def __init__(self, plan: Plan, restorer: Restorer, coming: Path, ready: Path) -> None:
        """Begin to fetch by way of the folder ``coming`` into ``ready``, on one file system."""
        backup = plan.backup
        self._names = [each.name(backup.segment_bytes) for each in plan.reach.segments]
        self._places = {name: place for place, name in enumerate(self._names)}
        self._room = max(AT_A_TIME, AHEAD_BYTES // backup.segment_bytes)
        self._system = backup.system_identifier
        self._restorer, self._coming, self._ready = restorer, coming, ready
        self._begun: dict[int, Future[bool]] = {}
        self._next = 0
        self._pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="wal")
        self._go_on()

    def __enter__(self) -> WalAhead:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def take(self, name: str) -> bool:
        """Whether there is a file of this name; then it lies in ``ready``.

        Raises what fetching raised, and Damaged for one of the plan that is gone.
        """
        place = self._places.get(name)
        if place is None:  # a history, or a segment of a timeline that is not followed
            return is_archived_name(name) and self._fetch(name)
        self._turn_to(place)
        is_there = self._begun.pop(place).result()
        self._go_on()
        if not is_there:
            raise Damaged(f"{name} was in the archive when this was planned, and is gone.")
        return True

    def _turn_to(self, place: int) -> None:
        """Drop what the server has passed over; where it went back, begin there anew."""
        if place in self._begun:
            self._drop(each for each in list(self._begun) if each < place)
            return
        self._drop(list(self._begun))
        self._next = place
        self._go_on()

    def _go_on(self) -> None:
        while len(self._begun) < self._room and self._next < len(self._names):
            self._begun[self._next] = self._pool.submit(self._fetch, self._names[self._next])
            self._next += 1

    def _drop(self, places: Iterable[int]) -> None:
        for place in places:
            future = self._begun.pop(place)
            if not future.cancel():
                wait([future])
            (self._ready / self._names[place]).unlink(missing_ok=True)

    def _fetch(self, name: str) -> bool:
        restorer, fresh = self._restorer, self._coming / name
        is_there = fetch(
            name,
            fresh,
            restorer.store,
            restorer.keys,
            system_identifier=self._system,
            is_kept=False,
        )
        if is_there:
            give(restorer.programs, fresh)
            fresh.replace(self._ready / name)
        return is_there
