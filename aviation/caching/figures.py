"""What a policy's values come to, and what keeping them has been worth: for whoever runs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError

from aviation.caching.choices import CacheKind
from aviation.caching.counting import Counted, counted_of, total_of
from aviation.caching.making import memory
from aviation.caching.models import CachePolicy
from aviation.caching.shared import shared_store


@dataclass(frozen=True, slots=True)
class RoomFigures:
    """One organization's part."""

    room: str
    """Its id, or ``installation``."""
    counted: Counted
    entries: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a policy. Of what processes keep for themselves only this one's is known."""

    counted: Counted
    entries: int
    bytes: int
    oldest_at: datetime | None
    rooms: tuple[RoomFigures, ...]
    is_known: bool = True
    """False while Redis, which has the counts, does not answer."""


def figures_of(policy: CachePolicy) -> Figures:
    """Never raises."""
    try:
        return _known_figures(policy)
    except (RedisError, OSError):
        entries, size, oldest_at = memory.size_of(policy.name)
        return Figures(Counted(), entries, size, _moment(oldest_at), (), is_known=False)


def _known_figures(policy: CachePolicy) -> Figures:
    counted, sizes = counted_of(policy.name), shared_store().sizes(policy.name)
    rooms = tuple(
        RoomFigures(
            room,
            counted.get(room, Counted()),
            sizes[room].entries if room in sizes else 0,
            sizes[room].bytes if room in sizes else 0,
        )
        for room in sorted(counted.keys() | sizes.keys())
    )
    if policy.kind == CacheKind.MEMORY:
        entries, size, oldest_at = memory.size_of(policy.name)
    else:
        entries, size = sum(each.entries for each in rooms), sum(each.bytes for each in rooms)
        ends = [each.soonest_end_at for each in sizes.values() if each.soonest_end_at is not None]
        oldest_at = min(ends) - policy.lifetime_s if ends else None
    return Figures(total_of(counted), entries, size, _moment(oldest_at), rooms)


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, tz=UTC)


def age_of(figures: Figures, now: datetime) -> timedelta | None:
    """How old the oldest value is."""
    return None if figures.oldest_at is None else now - figures.oldest_at
