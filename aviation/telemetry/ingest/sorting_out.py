"""Telling the good rows of a block from the bad, one by one. Off the hot path."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aviation.telemetry.choices import Rejection
from aviation.telemetry.ingest.batch import Refused, type_of

LARGEST_INTEGER = 2**63 - 1
MOST_MOTORS = 64
REFUSED = object()
"""In the place of a row that was refused before."""
Fault = tuple[Rejection, str]


def sort_out(
    rows: Sequence[Any], first: int
) -> tuple[list[dict[str, Any]], list[int], list[Refused]]:
    """The good rows in canonical Python values, their positions, and the refused ones."""
    good: list[dict[str, Any]] = []
    positions: list[int] = []
    refused: list[Refused] = []
    for position, row in enumerate(rows, start=first):
        if row is REFUSED:
            continue
        fault = find_fault(row)
        if fault is None:
            good.append(_canonical(row))
            positions.append(position)
        else:
            refused.append(Refused(position, *fault, point=row))
    return good, positions, refused


def find_fault(row: Any) -> Fault | None:
    """The first thing wrong with the form of a point. Ranges are judged later, all at once."""
    if not isinstance(row, dict):
        return Rejection.UNREADABLE, "A point must be an object."
    if as_moment(row.get("timestamp")) is None:
        return Rejection.NO_TIME, (
            "timestamp must be ISO 8601 text with an offset, or Unix seconds."
        )
    return next(
        (fault for name, value in row.items() if (fault := _field_fault(name, value))), None
    )


def _field_fault(name: str, value: Any) -> Fault | None:
    if type_of(name) is None:
        return Rejection.UNKNOWN_FIELD, f"There is no field {str(name)[:60]!r}."
    if value is None or name == "timestamp":
        return None
    if name in ("flight", "aircraft"):
        return None if _is_text(value) else (Rejection.WRONG_TYPE, f"{name} must be text.")
    if name == "sequence":
        return _sequence_fault(value)
    if name == "motor_rpm":
        return _motors_fault(value)
    return _number_fault(name, value)


def _is_text(value: Any) -> bool:
    """Half a surrogate pair can be written in JSON and is no character."""
    return isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value)


def _number_fault(name: str, value: Any) -> Fault | None:
    """true and false count as 1 and 0, as they do where all at once is converted."""
    if not isinstance(value, int | float):
        return Rejection.WRONG_TYPE, f"{name} must be a number."
    try:
        is_finite = math.isfinite(value)
    except OverflowError:
        is_finite = False
    return None if is_finite else (Rejection.NOT_A_NUMBER, f"{name} is not a finite number.")


def _sequence_fault(value: Any) -> Fault | None:
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if is_whole and not isinstance(value, bool) and 0 <= value <= LARGEST_INTEGER:
        return None
    return Rejection.WRONG_TYPE, "sequence must be a whole number from 0 on."


def _motors_fault(value: Any) -> Fault | None:
    if not isinstance(value, list) or len(value) > MOST_MOTORS:
        return Rejection.WRONG_TYPE, f"motor_rpm must be a list of up to {MOST_MOTORS} numbers."
    faults = (_number_fault("motor_rpm", each) for each in value if each is not None)
    return next((fault for fault in faults if fault), None)


def as_moment(value: Any) -> datetime | None:
    """A time as senders write it; None when it is no time."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _canonical(row: dict[str, Any]) -> dict[str, Any]:
    """Values that Arrow takes without a word: it refuses whole numbers that a float rounds."""
    return {name: _canonical_value(name, value) for name, value in row.items()}


def _canonical_value(name: str, value: Any) -> Any:
    if value is None or name in ("flight", "aircraft"):
        return value
    if name == "timestamp":
        return as_moment(value)
    if name == "sequence":
        return int(value)
    if name == "motor_rpm":
        return [None if each is None else float(each) for each in value]
    return float(value)
