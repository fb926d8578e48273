"""How a table is declared audited, or left out and why. The declarations are in config/audited.py.

Plain values without Django, so that the settings may hold them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditedTable:
    """A model whose every inserted, changed and deleted row leaves an audit event."""

    model: str
    """Label of the model, such as ``fleet.Aircraft``."""
    name: str
    """What events call it, for good: it stays when the model or its table is renamed."""
    left_out: tuple[str, ...] = ()
    """Columns, secret or bulky, whose values are never recorded; that one changed is."""
    organization_column: str = ""
    """Shared tables: the column that says whose row it is. Empty: a row of the platform's."""
