"""The partitioned tables there are, how a month of each is made, and what a leaf must carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

MONTHS_AHEAD = 3
"""How many months after this one stand ready."""


@dataclass(frozen=True, slots=True)
class MonthlyTable:
    """A table partitioned by month; its leaves are called ``<name>_y2026m03``."""

    name: str
    make: str
    """Makes the month of the parameter; the application's role may call it for months ahead."""
    fill: str
    """The same for the owner, for a month that lies between others."""
    has_every_month: bool
    """Whether a past month that is missing between others is a gap. Telemetry has none: a month
    nobody flew in, or that was archived, has no partition, and a batch that needs one makes it."""
    triggers: Mapping[str, str] = field(default_factory=dict)
    """What must be on each leaf: name, and the statement that makes it (empty: comes with ATTACH).
    """

    def leaf_of(self, month: date) -> str:
        return f"{self.name}_y{month:%Y}m{month:%m}"


TABLES: tuple[MonthlyTable, ...] = (
    MonthlyTable(
        "telemetry_point",
        make="SELECT telemetry_ensure_partition(%s)",
        fill="SELECT telemetry_ensure_partition(%s)",
        has_every_month=False,
        triggers={"telemetry_point_keeps_flight": ""},
    ),
    MonthlyTable(
        "audit_event",
        make="SELECT public.audit_prepare_partitions() WHERE %s::date IS NOT NULL",
        fill="SELECT public.audit_make_partition(%s::timestamp AT TIME ZONE 'UTC')",
        has_every_month=True,
        triggers={
            "audit_event_append_only": (
                "CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {}"
                " FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change()"
            )
        },
    ),
)
_BY_NAME = {table.name: table for table in TABLES}


def declared(name: str) -> MonthlyTable | None:
    return _BY_NAME.get(name)


def following(month: date, count: int = 1) -> date:
    """The first day of the month so many later."""
    first = month.replace(day=1)
    for _ in range(count):
        first = (first + timedelta(days=32)).replace(day=1)
    return first


def months_between(first: date, last: date) -> list[date]:
    """The first days of all months from one to the other, ends included."""
    months, month = [], first.replace(day=1)
    while month <= last:
        months.append(month)
        month = following(month)
    return months
