"""Buckets in this process alone: what is left while Redis is away."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence

from aviation.common.gcra.rules import Bucket, Decision, decide

MOST_BUCKETS = 10_000
"""Some 2 MB. The bucket left alone for longest makes room: it is the nearest to full."""


class LocalBuckets:
    def __init__(self, most: int = MOST_BUCKETS) -> None:
        self._most = most
        self._full_at_us: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, buckets: Sequence[Bucket], now_us: int | None = None) -> Decision:
        """Spend one from each bucket, or nothing."""
        with self._lock:
            at_us = time.monotonic_ns() // 1_000 if now_us is None else now_us
            decision, kept = decide(at_us, buckets, self._full_at_us)
            for key, full_at_us in kept.items():
                self._full_at_us[key] = full_at_us
                self._full_at_us.move_to_end(key)
            while len(self._full_at_us) > self._most:
                self._full_at_us.popitem(last=False)
        return decision
