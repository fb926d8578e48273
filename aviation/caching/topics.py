"""How a table is declared to be what cached values are made from. Declared in config/cached.py.

Plain values without Django, so that the settings may hold them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TopicTable:
    """A model whose changes make what was cached under its topic old."""

    model: str
    """Label of the model, such as ``fleet.Aircraft``."""
    topic: str
    """What cached values call it; several tables may share one."""
    organization_column: str = ""
    """Shared tables: the column that says whose row it is."""
