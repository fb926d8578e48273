"""Which flights a member sees, as a condition inside one of our own queries."""

from __future__ import annotations

from typing import Any

from accounts.models import Membership
from aviation.flights.models import FlightSession


def sight_sql(column: str, membership: Membership) -> tuple[str, tuple[Any, ...]]:
    """A condition on ``column`` (a flight's id, by a name of ours) and its parameters."""
    visible = FlightSession.objects.visible_to(membership).order_by()
    if visible.query.is_empty():
        return "false", ()
    if not visible.query.where:
        return "true", ()
    text, values = visible.values("pk").query.sql_with_params()
    return f"{column} IN ({text})", tuple(values)
