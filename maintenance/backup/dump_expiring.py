"""Which dumps of single organizations may go.

What must never happen: the newest good dump of an organization goes, however old it is. Good is
one that was read back when it was made and whose stored files are still those it was made of. An
organization without one loses none: the other dumps may be all that is left of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import structlog

from maintenance.backup.dump_store import Dump, remove_dump
from maintenance.backup.folder_store import Store
from maintenance.backup.streams import digest

logger = structlog.get_logger("dbx.backup")


@dataclass(frozen=True, slots=True)
class DumpExpiry:
    """What would be deleted, and the names of organizations none of whose dumps is good."""

    dumps: tuple[Dump, ...] = ()
    kept_back: tuple[str, ...] = ()


def plan_dumps(
    dumps: Iterable[Dump], before: datetime, at_least: int, is_whole: Callable[[Dump], bool]
) -> DumpExpiry:
    """What was taken before a moment and may go; ``at_least`` so many of each organization stay.

    ``is_whole`` reads a dump, so it is asked only of organizations of which something is past its
    time, and only until one is found.
    """
    gone: list[Dump] = []
    kept_back: list[str] = []
    ordered = sorted(dumps, key=lambda each: (each.organization, each.taken_at))
    for _, group in groupby(ordered, lambda each: each.organization):
        own = list(group)
        past = _past_their_time(own, before, at_least)
        good = _newest_good(own, is_whole) if past else None
        if past and good is None:
            kept_back.append(own[-1].slug)
        elif past:
            gone += [each for each in past if each is not good]
    return DumpExpiry(tuple(gone), tuple(kept_back))


def is_whole(dump: Dump, store: Store) -> bool:
    """Whether every stored byte is the one that was written; takes no key."""
    return all(_is_same(f"{dump.folder}/{each.name}", each.sha256, store) for each in dump.files)


def remove_dumps(dumps: Iterable[Dump], store: Store) -> None:
    for dump in dumps:
        remove_dump(dump.id, store)
        logger.info("dump expired", dump=dump.id, organization=dump.organization)


def _past_their_time(own: Sequence[Dump], before: datetime, at_least: int) -> list[Dump]:
    return [each for each in own[: max(0, len(own) - at_least)] if each.taken_at < before]


def _newest_good(own: Sequence[Dump], is_whole: Callable[[Dump], bool]) -> Dump | None:
    return next((each for each in reversed(own) if each.is_checked and is_whole(each)), None)


def _is_same(name: str, sha256: str, store: Store) -> bool:
    try:
        with store.reading(name) as file:
            return digest(file)[1] == sha256
    except FileNotFoundError:
        return False
