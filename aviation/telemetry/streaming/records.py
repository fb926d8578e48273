"""A flight record made of stored points: what charts, rules and the quality score read.

Memory is bounded by MAX_VALUES: of a longer history every n-th point is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from aviation.flights.choices import FlightClock
from aviation.flights.models import FlightSession
from aviation.telemetry.formats.draft import GAP_S, Draft
from aviation.telemetry.formats.times import quiet_stretches
from aviation.telemetry.record import (
    ClockSource,
    FlightRecord,
    FloatArray,
    Series,
)
from aviation.telemetry.streaming.order import as_sent
from aviation.telemetry.streaming.presence import Span, channels_present
from aviation.telemetry.streaming.reading import count_points, read_columns
from aviation.telemetry.windows import is_stored

MAX_VALUES = 12_000_000
"""About 100 MB: eleven hours of 30 channels at 10 Hz."""
GAP_PERIODS = 3.5
"""A sender of one point in two seconds has no gap between any two of them."""
NO_FIX = 1

_SOURCES = {FlightClock.GPS: ClockSource.GPS, FlightClock.UPLOAD: ClockSource.NONE}


def stored_record(
    flight: FlightSession, span: Span, *, has_jumps: bool = False
) -> FlightRecord | None:
    """The flight's points within ``span``; None where they hold nothing usable.

    ``has_jumps`` says that the sender's clock went back: its numbers then give the order.
    """
    names = [name for name in channels_present(flight.pk, span) if is_stored(name)]
    if flight.boot_at is None or not names:
        return None
    every = _every_nth(count_points(flight.pk, span), len(names))
    blocks = read_columns(
        flight.pk, names, boot_at=flight.boot_at, span=span, with_sequence=has_jumps
    )
    columns = _columns(blocks, 1 + len(names) + has_jumps, every)
    if has_jumps:
        columns = _in_sent_order(columns)
    draft = Draft("stream")
    _add_series(draft, names, columns)
    return _record(flight, draft, columns[0]) if draft.series else None


def _every_nth(rows: int, channels: int) -> int:
    return max(1, -(-rows * (1 + channels) // MAX_VALUES))


def _columns(blocks: Iterable[FloatArray], count: int, every: int) -> list[FloatArray]:
    """The times and what else was read, all of one length."""
    kept, seen = [], 0
    for block in blocks:
        kept.append(block[-seen % every :: every] if every > 1 else block)
        seen += len(block)
    return [np.concatenate([block[:, at] for block in kept]) for at in range(count)]


def _in_sent_order(columns: list[FloatArray]) -> list[FloatArray]:
    time_s, *values, sequence = columns
    rows, moved_s = as_sent(time_s, sequence)
    return [moved_s, *(column[rows] for column in values)]


def _add_series(draft: Draft, names: list[str], columns: list[FloatArray]) -> None:
    """Channels that were sent together share one array of times."""
    time_s, *values = columns
    times: dict[bytes, FloatArray] = {}
    for name, column in zip(names, values, strict=True):
        is_known = ~np.isnan(column)
        shared = times.setdefault(np.packbits(is_known).tobytes(), time_s[is_known])
        draft.add(name, shared, column[is_known], "stored points")
    fix, satellites = draft.series.get("gps_fix_type"), draft.series.get("gps_satellites")
    if fix is not None and satellites is not None and _is_silent(fix, satellites):
        del draft.series["gps_fix_type"], draft.series["gps_satellites"]


def _is_silent(fix: Series, satellites: Series) -> bool:
    """No fix and no satellite from the first to the last point: there is no receiver."""
    return fix.values.max() <= NO_FIX and not satellites.values.any()


def _record(flight: FlightSession, draft: Draft, time_s: FloatArray) -> FlightRecord:
    source = _SOURCES.get(FlightClock(flight.clock_source), ClockSource.LOG)
    return FlightRecord(
        format=draft.format,
        series=draft.series,
        start_s=float(time_s[0]),
        end_s=float(time_s[-1]),
        gaps=_gaps(time_s),
        boot_at=None if source is ClockSource.NONE else flight.boot_at,
        clock_source=source,
        clock_uncertainty_s=flight.clock_uncertainty_s,
    )


def _gaps(time_s: FloatArray) -> tuple[tuple[float, float], ...]:
    period_s = float(np.median(np.diff(time_s))) if time_s.size > 1 else 0.0
    return tuple(quiet_stretches([time_s], max(GAP_S, GAP_PERIODS * period_s)))
