"""How each name's values are kept just now: read from the rows once a second and process.

So a purge, or a policy switched off, is known everywhere within a second.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass

import structlog
from django.db import Error, connection

from aviation.caching.choices import CacheKind, Invalidation
from aviation.caching.registry import REGISTRY, Registered

log = structlog.get_logger("dbx.cache")

READ_EVERY_S = 1.0
LOCAL_LAG_S = 1.0
"""How long a process's own copy may be behind what other processes forgot by name."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy as it was read a moment ago."""

    name: str
    kind: CacheKind
    lifetime_s: float
    invalidation: frozenset[Invalidation]
    is_on: bool
    edition: int
    topics: tuple[str, ...]

    @property
    def is_shared(self) -> bool:
        """Whether its values are in Redis."""
        return self.kind != CacheKind.MEMORY

    @property
    def is_local(self) -> bool:
        """Whether this process keeps them."""
        return self.kind != CacheKind.REDIS

    @property
    def local_s(self) -> float:
        """How long this process's copy answers without asking Redis.

        As long as the value itself where all that makes it old is told by the generation or the
        edition, which every reading compares.
        """
        is_told_all = bool(self.topics) and Invalidation.PATTERN not in self.invalidation
        is_only_copy = self.kind == CacheKind.MEMORY
        return self.lifetime_s if is_told_all or is_only_copy else min(self.lifetime_s, LOCAL_LAG_S)


def policy_of(name: str) -> Policy:
    """The policy in force. Raises KeyError for a name that is not registered."""
    return _copy.policies()[name]


def forget_policies() -> None:
    """Read the rows anew when this process next asks."""
    _copy.forget()


class _Copy:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._policies: dict[str, Policy] = {}

    def policies(self) -> dict[str, Policy]:
        """One reads; others take the copy as it is, unless there is none yet."""
        if time.monotonic() - self._read_at >= READ_EVERY_S and self._lock.acquire(
            blocking=not self._policies
        ):
            try:
                began = time.monotonic()
                self._policies = self._read_or_keep()
                self._read_at = began
            finally:
                self._lock.release()
        return self._policies

    def _read_or_keep(self) -> dict[str, Policy]:
        """What is known, or what is registered, while the database does not answer."""
        try:
            return _read()
        except Error as error:
            log.warning("cache policies could not be read", error=str(error)[:200])
            return self._policies or {name: _policy(each, None) for name, each in REGISTRY.items()}

    def forget(self) -> None:
        self._read_at = float("-inf")


_copy = _Copy()

_ROWS = (
    b"SELECT coalesce(json_object_agg(name, json_build_object('kind', kind, 'lifetime_s',"
    b" lifetime_s, 'invalidation', invalidation, 'is_on', is_on, 'edition', edition)), '{}')"
    b" FROM public.caching_cachepolicy"
)


def _read() -> dict[str, Policy]:
    """In the running transaction, if there is one: the table is the same for everybody."""
    (text,) = connection.fetch_row(_ROWS)  # type: ignore[attr-defined]
    rows = json.loads(text)
    return {name: _policy(registered, rows.get(name)) for name, registered in REGISTRY.items()}


def _policy(registered: Registered, row: dict[str, object] | None) -> Policy:
    kept = row or {
        "kind": registered.kind,
        "lifetime_s": registered.lifetime_s,
        "invalidation": registered.invalidation,
        "is_on": True,
        "edition": 1,
    }
    return Policy(
        registered.name,
        CacheKind(str(kept["kind"])),
        float(str(kept["lifetime_s"])),
        frozenset(map(Invalidation, kept["invalidation"])),  # type: ignore[call-overload]
        bool(kept["is_on"]),
        int(str(kept["edition"])),
        registered.topics,
    )
