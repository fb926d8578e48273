"""Rows on their way into the store, in a thread of its own: a slow database costs no datagram.

What must never happen: rows that vanish silently, rows of another organization, or memory that
grows with the length of an outage. Rows are kept until the store has answered for them; sent
twice, they are stored once.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable

import pyarrow as pa
from django.db import connections

from aviation.common.errors import DomainError
from aviation.telemetry.ingest.service import Answer

MOST_ROWS = 50_000
"""Kept while nothing can be stored; at five rows a second nearly three hours of one aircraft."""
ROWS_AT_ONCE = 1_000
FIRST_PAUSE_S, LONGEST_PAUSE_S, ENDING_PAUSE_S = 0.5, 5.0, 0.2
GRACE_S = 1.0


class StoreAway(Exception):
    """The store cannot take anything now; later it can."""


class Unstorable(Exception):
    """The store will not have this batch, now or later."""


class Outbox:
    """Sends what ``put`` brings, in order. Started by ``start``, ended by ``close``."""

    def __init__(
        self,
        store: Callable[[pa.Table], Answer],
        say: Callable[[str], None],
        *,
        most_rows: int = MOST_ROWS,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self.stored: Counter[str] = Counter()
        """Rows in the store by aircraft, those that were there before included."""
        self.refused: Counter[str] = Counter()
        self.given_up = 0
        """Rows that were let go: too many were waiting, or the store would not have them."""
        self.ended_by: DomainError | None = None
        """Why nothing more can be stored at all."""
        self._store, self._say = store, say
        self._most_rows, self._first_pause_s = most_rows, first_pause_s
        self._most_at_once = min(ROWS_AT_ONCE, most_rows // 10)
        self._waiting: deque[pa.Table] = deque()
        self._rows = 0
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._deadline_s = float("inf")
        self._failures = 0
        self._reasons: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    @property
    def waiting_rows(self) -> int:
        return self._rows

    @property
    def is_running(self) -> bool:
        """Whether rows are still sent; not after ``ended_by``, nor after a fault of ours."""
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def put(self, rows: pa.Table) -> None:
        """Take rows over. Where too many wait, the oldest are let go."""
        with self._changed:
            self._rows += rows.num_rows
            last = self._waiting[-1].num_rows if self._waiting else self._most_at_once
            if last + rows.num_rows <= self._most_at_once:
                rows = _joined(self._waiting.pop(), rows)
            self._waiting.append(rows)
            while self._rows > self._most_rows and len(self._waiting) > 1:
                self._let_go(self._waiting.popleft().num_rows, "too many are waiting")
            self._changed.notify_all()

    def close(self, patience_s: float) -> None:
        """Send what waits, for as long as ``patience_s`` while the store is away; then end.

        A database that neither answers nor refuses is not waited for any longer.
        """
        with self._changed:
            self._deadline_s = time.monotonic() + patience_s
            self._closing.set()
            self._changed.notify_all()
        self._thread.join(patience_s + GRACE_S)
        with self._changed:
            self._waiting.clear()
            if self._rows:
                self._let_go(self._rows, "they could not be stored before the end")

    def _run(self) -> None:
        try:
            while self.ended_by is None and (batch := self._next()) is not None:
                self._send(batch)
        finally:
            connections.close_all()

    def _next(self) -> pa.Table | None:
        """What waits for longest, as soon as there is something; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing.is_set())
            if not self._waiting or time.monotonic() > self._deadline_s:
                return None
            return self._waiting.popleft()

    def _send(self, batch: pa.Table) -> None:
        try:
            answer = self._store(batch)
        except StoreAway as error:
            self._keep(batch, error)
            self._pause()
        except Unstorable as error:
            with self._changed:
                self._let_go(batch.num_rows, str(error))
        except DomainError as error:
            with self._changed:
                self._waiting.appendleft(batch)
                self.ended_by = error
        else:
            self._note(batch, answer)

    def _keep(self, batch: pa.Table, error: StoreAway) -> None:
        with self._changed:
            self._waiting.appendleft(batch)
        if self._failures == 0:
            self._say(f"Nothing can be stored just now: {error} Rows are kept and sent again.")
        self._failures += 1

    def _pause(self) -> None:
        pause_s = min(self._first_pause_s * 2 ** (self._failures - 1), LONGEST_PAUSE_S)
        if self._closing.wait(pause_s):
            time.sleep(min(pause_s, ENDING_PAUSE_S))

    def _note(self, batch: pa.Table, answer: Answer) -> None:
        aircraft = batch["aircraft"].to_pylist()
        refused = Counter(aircraft[each["index"]] for each in answer["rejections"])
        with self._changed:
            self._rows -= batch.num_rows
            self.stored += Counter(aircraft) - refused
            self.refused += refused
        for each in answer["rejections"]:
            self._tell_reason(each["code"], each["detail"])
        if self._failures:
            self._say(f"Storing goes on; {self._rows} rows are waiting.")
        self._failures = 0

    def _tell_reason(self, code: str, detail: str) -> None:
        if code not in self._reasons:
            self._reasons.add(code)
            self._say(f"Some rows are refused: {detail}")

    def _let_go(self, row_count: int, reason: str) -> None:
        self._rows -= row_count
        self.given_up += row_count
        if reason not in self._reasons:
            self._reasons.add(reason)
            self._say(f"Rows are let go: {reason}.")


def _joined(first: pa.Table, second: pa.Table) -> pa.Table:
    """One piece of memory for many small tables."""
    return pa.concat_tables([first, second], promote_options="default").combine_chunks()
