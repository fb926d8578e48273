"""What a bucket lets through, as a pure function. ``spend.lua`` must decide exactly alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MINUTE_US = 60_000_000
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Policy:
    """So many requests a minute, so many of them at once; by default a minute's worth.

    In any minute at most ``per_minute + burst`` pass.
    """

    per_minute: int
    burst: int = 0
    refuses_without_redis: bool = False
    """Whether to answer 503 while Redis is away; otherwise each process counts by itself."""

    def __post_init__(self) -> None:
        if self.per_minute < 1 or self.burst < 0:
            raise ValueError("A limit lets at least one request a minute through.")

    @property
    def size(self) -> int:
        return self.burst or self.per_minute

    @property
    def refill_us(self) -> int:
        """The time in which one request is earned back; rounded so that none is given away."""
        return -(-MINUTE_US // self.per_minute)

    def times(self, factor: int) -> Policy:
        return Policy(self.per_minute * factor, self.burst * factor, self.refuses_without_redis)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Whose requests are counted together, and what they may be."""

    name: str
    """What callers are told the limit is called."""
    key: str
    size: int
    refill_us: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A bucket after the decision."""

    remaining: int
    full_in_us: int
    retry_in_us: int
    """0 when the bucket had room; otherwise when it will."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether all buckets had room. If one had none, nothing was spent from any."""

    at_us: int
    standings: tuple[Standing, ...]

    @property
    def is_allowed(self) -> bool:
        return not any(standing.retry_in_us for standing in self.standings)


def decide(
    now_us: int, buckets: Sequence[Bucket], full_at_us: Mapping[str, int]
) -> tuple[Decision, dict[str, int]]:
    """The decision, and the moments to keep; none when it is a refusal."""
    before = {bucket.key: _known(now_us, bucket, full_at_us) for bucket in buckets}
    waits = [
        max(0, before[bucket.key] + bucket.refill_us - bucket.size * bucket.refill_us - now_us)
        for bucket in buckets
    ]
    kept: dict[str, int] = {}
    if not any(waits):
        kept = {bucket.key: before[bucket.key] + bucket.refill_us for bucket in buckets}
    after = before | kept
    standings = tuple(
        _standing(now_us, bucket, after[bucket.key], wait)
        for bucket, wait in zip(buckets, waits, strict=True)
    )
    return Decision(now_us, standings), kept


def _known(now_us: int, bucket: Bucket, full_at_us: Mapping[str, int]) -> int:
    """Never before now, and never further off than an empty bucket: clocks and limits change."""
    emptied = now_us + bucket.size * bucket.refill_us
    return min(max(full_at_us.get(bucket.key, now_us), now_us), emptied)


def _standing(now_us: int, bucket: Bucket, full_at_us: int, wait_us: int) -> Standing:
    missing_us = full_at_us - now_us
    return Standing(
        remaining=(bucket.size * bucket.refill_us - missing_us) // bucket.refill_us,
        full_in_us=missing_us,
        retry_in_us=wait_us,
    )
