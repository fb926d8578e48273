"""When something arrived: by our clock, and by one that nobody sets."""

from __future__ import annotations

import time
from typing import NamedTuple


class Instant(NamedTuple):
    """``utc_s`` is Unix time; ``running_s`` only ever goes forward and measures silences."""

    utc_s: float
    running_s: float


def instant_now() -> Instant:
    return Instant(time.time(), time.monotonic())
