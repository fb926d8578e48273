"""The bounds of policies.

Three years for flights: they are the technical logbook, which UK CAA AMC1 UAS.SPEC.050(1)(g) has
kept for three years. 1,096 days, as one of them may be a leap year.
"""

from __future__ import annotations

from maintenance.retention.choices import DataKind

LOGBOOK_DAYS = 1_096
MINIMUM_DAYS: dict[str, int] = {
    DataKind.TELEMETRY: 30,
    DataKind.RAW_LOGS: 30,
    DataKind.FLIGHTS: LOGBOOK_DAYS,
    DataKind.ANALYSES: 30,
    DataKind.API_USAGE: 30,
}
KEPT_FOR_EVER = frozenset({DataKind.AUDIT})
"""Kinds that no policy may end: the trail is one for all organizations and only grows."""
MAXIMUM_DAYS = 36_500
GRACE_DAYS, MINIMUM_GRACE_DAYS, MAXIMUM_GRACE_DAYS = 30, 7, 365


def why_not(kind: str, keep_days: int | None, grace_days: int) -> str:
    """The sentence that says why these days are refused; empty when they are not."""
    if not MINIMUM_GRACE_DAYS <= grace_days <= MAXIMUM_GRACE_DAYS:
        return f"The grace period is {MINIMUM_GRACE_DAYS} to {MAXIMUM_GRACE_DAYS} days."
    if keep_days is None:
        return ""
    label = DataKind(kind).label
    if kind in KEPT_FOR_EVER:
        return f"{label}: is kept for ever."
    if not MINIMUM_DAYS[kind] <= keep_days <= MAXIMUM_DAYS:
        reason = ", as they are the logbook" if kind == DataKind.FLIGHTS else ""
        return (
            f"{label}: kept for {MINIMUM_DAYS[kind]:,} to {MAXIMUM_DAYS:,} days{reason}, "
            "or for ever."
        )
    return ""
