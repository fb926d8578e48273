"""Numbers and lists in the sentences of the quality score."""

from __future__ import annotations


def seconds(value: float) -> str:
    """``0.23 s``, ``12 s`` or ``1,204 s``."""
    if value >= 100:
        return f"{value:,.0f} s"
    return f"{value:.3g} s"


def share(value: float) -> str:
    """``12 %``; never rounded to none or all of it."""
    percentage = 100 * value
    if 0 < percentage < 0.1:
        return "under 0.1 %"
    if 99.9 < percentage < 100:
        return "over 99.9 %"
    return f"{percentage:.3g} %"
