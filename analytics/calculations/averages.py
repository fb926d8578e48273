"""Averages that are the same in Python, in SQL and by hand."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FOUR_PLACES = Decimal("0.0001")


def average(total: Decimal, count: int) -> Decimal | None:
    """``total / count`` to four places, halves away from zero as PostgreSQL's ``round`` has them.

    None of nothing. Whatever is reckoned on starts from this rounded figure, which is the one that
    is shown: so anybody can redo it with what they read.
    """
    if not count:
        return None
    return (total / count).quantize(FOUR_PLACES, rounding=ROUND_HALF_UP)
