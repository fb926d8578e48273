"""Numbers in the sentences of the import report."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """``1 row was`` or ``37 rows were``: the begin of a sentence about what was left out."""
    return f"1 {noun} was" if count == 1 else f"{count} {noun}s were"


def numbered(count: int, noun: str) -> str:
    """``1 row`` or ``1,204 rows``."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def shown(names: list[str], at_most: int = 12) -> str:
    """The first of the names, each cut short, and how many more there are."""
    known = [name[:40] for name in names if name]
    more = len(known) - at_most
    return ", ".join(known[:at_most]) + (f" and {more} more" if more > 0 else "")
