"""The time column of a CSV log: which it is, in what unit, and what its zero means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aviation.telemetry.formats.clock import EARLIEST_UTC_S, LATEST_UTC_S, UNIX_EPOCH
from aviation.telemetry.formats.csv_columns import MAX_HEADER, plain_name
from aviation.telemetry.formats.csv_numbers import as_numbers
from aviation.telemetry.record import FloatArray

_UNITS = {
    "s": 1.0,
    "sec": 1.0,
    "secs": 1.0,
    "seconds": 1.0,
    "ms": 1e-3,
    "milliseconds": 1e-3,
    "us": 1e-6,
    "microseconds": 1e-6,
    "ns": 1e-9,
    "nanoseconds": 1e-9,
}
_UNIT_NAMES = {1.0: "seconds", 1e-3: "milliseconds", 1e-6: "microseconds", 1e-9: "nanoseconds"}
_NAMES = (
    "time|timestamp|datetime|date_time|utc|utc_time|time_utc|t|elapsed|elapsed_time|flight_time"
    "|time_boot|boot_time|seconds|epoch"
)
_HEADER = re.compile(rf"^(?:{_NAMES})(?:_(?P<unit>{'|'.join(_UNITS)}))?$")

_CLOCK = r"(?P<h>[0-2]?[0-9]):(?P<m>[0-5][0-9]):(?P<s>[0-6][0-9](?:[.,][0-9]{1,9})?)"
_DATE = (
    r"^(?P<year>[12][0-9]{3})[-/.](?P<month>[01]?[0-9])[-/.](?P<day>[0-3]?[0-9])[T ]+"
    + _CLOCK
    + r"\s*(?P<zone>Z|UTC|(?P<zh>[+-][0-9]{2}):?(?P<zm>[0-9]{2}))?$"
)
_TIME_OF_DAY = rf"^{_CLOCK}$"

MAX_PLAUSIBLE_STEP_S = 5.0
"""Whole numbers further apart than this are not taken for seconds when the unit is not named."""


class TimeKind(Enum):
    NUMBER = "number"
    DATE = "date"  # ISO 8601 and its relatives
    TIME_OF_DAY = "time of day"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Seconds of every row (NaN where unreadable) and, where the file tells it, UTC of zero."""

    time_s: FloatArray
    zero_at: datetime | None = None
    remark: str = ""
    """What had to be assumed, for the import report."""


def is_newest_first(times: FloatArray) -> bool:
    """Whether the rows run backward from the first to the last, as in a table sorted so."""
    return times.size > 1 and times[0] > times[-1] and bool((np.diff(times) <= 0).all())


def is_time(header: str) -> bool:
    return len(header) <= MAX_HEADER and _HEADER.match(plain_name(header)) is not None


def unit_of(header: str) -> float | None:
    """Seconds per unit as the header names it; None when it names none."""
    match = _HEADER.match(plain_name(header))
    return _UNITS[match["unit"]] if match and match["unit"] else None


class TimeColumn:
    """Reads a time column block by block; the first block tells what kind it is."""

    def __init__(self, header: str, has_decimal_comma: bool) -> None:
        self.unit_s = unit_of(header)
        self.has_decimal_comma = has_decimal_comma
        self.kind: TimeKind | None = None
        self.has_zone = False
        self._blocks: list[FloatArray] = []

    def add(self, texts: pa.Array) -> None:
        if self.kind is None:
            self.kind = self._kind_of(texts)
        if self.kind is TimeKind.NUMBER:
            self._blocks.append(as_numbers(texts, self.has_decimal_comma)[0])
        elif self.kind is TimeKind.DATE:
            self._blocks.append(self._dates(texts))
        elif self.kind is TimeKind.TIME_OF_DAY:
            self._blocks.append(_clock_s(_parts(texts, _TIME_OF_DAY)))

    def _kind_of(self, texts: pa.Array) -> TimeKind | None:
        """The kind that most texts are of; None when there is none."""
        numbers, _ = as_numbers(texts, self.has_decimal_comma)
        if 2 * np.isfinite(numbers).sum() >= len(texts):
            return TimeKind.NUMBER
        for kind, pattern in ((TimeKind.DATE, _DATE), (TimeKind.TIME_OF_DAY, _TIME_OF_DAY)):
            if 2 * _parts(texts, pattern).null_count <= len(texts):
                return kind
        return None

    def _dates(self, texts: pa.Array) -> FloatArray:
        parts = _parts(texts, _DATE)
        has_zone = pc.any(pc.not_equal(parts.field("zone"), "")).as_py()
        self.has_zone = self.has_zone or bool(has_zone)
        return _unix_s(parts)

    def timeline(self) -> Timeline | None:
        """All rows read so far; None when they hold no time."""
        raw = np.concatenate(self._blocks) if self._blocks else np.empty(0)
        self._blocks.clear()
        if not np.isfinite(raw).any():
            return None
        if self.kind is TimeKind.NUMBER:
            return _timeline_of_numbers(raw, self.unit_s)
        if self.kind is TimeKind.TIME_OF_DAY:
            return Timeline(raw, remark="The times carry no date.")
        remark = "" if self.has_zone else "The dates name no time zone; they were read as UTC."
        return _since_first(raw, 1.0, remark)


def _parts(texts: pa.Array, pattern: str) -> pa.StructArray:
    return pc.extract_regex(pc.ascii_trim_whitespace(texts), pattern)


def _clock_s(parts: pa.StructArray) -> FloatArray:
    return 3_600 * _number(parts, "h") + 60 * _number(parts, "m") + _number(parts, "s")


def _unix_s(parts: pa.StructArray) -> FloatArray:
    year, month, day = (_number(parts, name) for name in ("year", "month", "day"))
    is_sound = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = np.where(is_sound, (year - 1970) * 12 + month - 1, 0).astype("M8[M]")
    days = months.astype("M8[D]").astype(np.float64) + day - 1
    hours, minutes = _number(parts, "zh", 0.0), _number(parts, "zm", 0.0)
    offset_s = 3_600 * hours + np.copysign(60 * minutes, hours)
    return np.where(is_sound, days * 86_400 + _clock_s(parts) - offset_s, np.nan)


def _number(parts: pa.StructArray, name: str, missing: float = np.nan) -> FloatArray:
    """One part of every row as a number; a part left out counts as ``missing``."""
    text = pc.replace_substring(parts.field(name), ",", ".")
    known = pc.if_else(pc.equal(text, ""), None, text)
    numbers = pc.fill_null(pc.cast(known, pa.float64()), missing)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def _timeline_of_numbers(values: FloatArray, unit_s: float | None) -> Timeline:
    """Seconds since 1970 when the numbers lie in this century, else since some zero."""
    finite = values[np.isfinite(values)]
    middle = float(np.median(finite))
    for scale in (unit_s,) if unit_s else _UNIT_NAMES:
        if EARLIEST_UTC_S < middle * scale < LATEST_UTC_S:
            return _since_first(values, scale)
    if unit_s is not None:
        return Timeline(values * unit_s)
    scale = _guessed_unit(finite)
    remark = f"The time column names no unit; it was read as {_UNIT_NAMES[scale]}."
    return Timeline(values * scale, remark=remark)


def _guessed_unit(finite: FloatArray) -> float:
    """The largest unit in which whole numbers step plausibly; fractions are seconds."""
    steps = np.abs(np.diff(finite))
    steps = steps[steps > 0]
    if not steps.size or bool((np.mod(finite, 1.0) != 0).any()):
        return 1.0
    step = float(np.median(steps))
    return next((unit for unit in _UNIT_NAMES if step * unit <= MAX_PLAUSIBLE_STEP_S), 1e-9)


def _since_first(epoch: FloatArray, unit_s: float, remark: str = "") -> Timeline:
    """Seconds since the earliest end of the table, from counts of ``unit_s`` since 1970."""
    is_possible = (epoch * unit_s > EARLIEST_UTC_S) & (epoch * unit_s < LATEST_UTC_S)
    if not is_possible.any():
        return Timeline(np.full(epoch.shape, np.nan), remark=remark)
    possible = epoch[is_possible]
    first = float(possible[-1 if is_newest_first(possible) else 0])
    time_s = np.where(is_possible, (epoch - first) * unit_s, np.nan)
    return Timeline(time_s, UNIX_EPOCH + timedelta(seconds=first * unit_s), remark)
