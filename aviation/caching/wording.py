"""Figures of the cache in words."""

from __future__ import annotations

UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))


def as_duration(seconds: float) -> str:
    """Such as ``1 h 30 min``: the two largest units that are not empty."""
    if seconds < 1:
        return f"{round(seconds * 1_000)} ms"
    left, words = float(round(seconds)), []
    for size_s, unit in UNITS:
        count, left = divmod(left, size_s)
        if count:
            words.append(f"{count:.0f} {unit}")
    return " ".join(words[:2])


def as_share(share: float | None) -> str:
    """Such as ``97.5 %``; rounded down, so that 100 % is all of them."""
    return "–" if share is None else f"{int(share * 1_000) / 10:.1f} %"
