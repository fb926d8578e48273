"""Reading a stretch of a flight's history, thinned to what the caller can use.

One query reads the window in batches over a server-side cursor, so that memory is bounded by a
batch and the answer, whatever the length of the flight. Every query names the moments it wants:
only the months' partitions that hold them are opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import ServerCursor, sql
from psycopg.pq import Format

from aviation.common.errors import Rejected
from aviation.flights.models import FlightSession
from aviation.telemetry.channels import spec_of
from aviation.telemetry.cold.source import cold_channels, cold_files, cold_rows, count_cold
from aviation.telemetry.columns import COLUMN_TYPES
from aviation.telemetry.models import FlightOverview
from aviation.telemetry.reading.span import LOG_REACHES as LOG_REACHES
from aviation.telemetry.reading.span import Span, clipped, recorded_span
from aviation.telemetry.record import FloatArray
from aviation.telemetry.streaming.presence import channels_present

BATCH_ROWS = 8_192
NEWEST_ROWS = 5_000
"""As many tell which channels a flight without charts has."""

_COUNT = sql.SQL(
    "SELECT count(*) FROM telemetry_point "
    'WHERE session_id = %s AND "timestamp" >= %s AND "timestamp" <= %s'
)
_READ = sql.SQL(
    "SELECT date_part('epoch', \"timestamp\" - %s), {} FROM telemetry_point "
    'WHERE session_id = %s AND "timestamp" >= %s AND "timestamp" <= %s ORDER BY "timestamp"'
)


@dataclass(frozen=True, slots=True)
class Window:
    """Rows of a flight's history, of shape (rows, 1 + channels): seconds since boot, then values.

    NaN stands where nothing was recorded. Each row was recorded as it is: thinning leaves rows
    out and changes none. ``rows_total`` counts them before thinning.
    """

    channels: tuple[str, ...]
    rows: FloatArray
    rows_total: int

    @property
    def time_s(self) -> FloatArray:
        return self.rows[:, 0]

    @property
    def values(self) -> FloatArray:
        return self.rows[:, 1:]

    @property
    def is_downsampled(self) -> bool:
        return len(self.rows) < self.rows_total


def recorded_channels(flight: FlightSession, *, newest: int | None = NEWEST_ROWS) -> list[str]:
    """The channels that the flight's history holds, by name.

    Of a flight without charts, such as one in progress, those of its ``newest`` points.
    """
    names = FlightOverview.objects.filter(session=flight).values_list("channels", flat=True).first()
    if names is None and flight.boot_at is not None:
        span = recorded_span(flight)
        files = cold_files(flight, span)
        archived = cold_channels(files, span) if files else []
        names = sorted({*archived, *channels_present(flight.pk, span, newest=newest)})
    return [name for name in names or [] if is_stored(name)]


def is_stored(name: str) -> bool:
    """Whether the history can hold a channel of this name."""
    try:
        spec = spec_of(name)
    except KeyError:
        return False
    return spec.is_stored and (not spec.is_numbered or name != spec.name)


def read_window(
    *,
    flight: FlightSession,
    channels: Sequence[str],
    start: datetime | None,
    end: datetime | None,
    max_points: int,
) -> Window:
    """The rows from ``start`` to ``end``, at most ``max_points`` of them.

    Thinned, the window is cut into equal stretches, and of each the rows stay in which a channel
    has its least or its greatest value: no peak is lost. Raises Rejected when there are too few
    points for so many channels.
    """
    names = tuple(channels)
    span = clipped(recorded_span(flight), start, end)
    rows_total = count_rows(flight, span) if flight.boot_at and names else 0
    if rows_total == 0:
        return Window(names, np.empty((0, 1 + len(names))), 0)
    rows = read_rows(flight, names, span)
    if rows_total <= max_points:
        return Window(names, np.concatenate(list(rows)), rows_total)
    stretch = stretch_rows(rows_total, channels=len(names), max_points=max_points)
    return Window(names, thin(rows, stretch=stretch), rows_total)


def count_rows(flight: FlightSession, span: Span) -> int:
    """How many rows lie between the two moments, in the table and archived."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [flight.pk, *span])
        return int(cursor.fetchone()[0]) + count_cold(cold_files(flight, span), span)


def read_rows(flight: FlightSession, names: Sequence[str], span: Span) -> Iterator[FloatArray]:
    """Batches of (rows, 1 + channels) by time: seconds since boot, then the channels.

    Wherever the rows are. A flight that has both, as a late part came after it was archived, is
    put in order in memory.
    """
    files = cold_files(flight, span)
    if not files:
        yield from _table_rows(flight, names, span)
        return
    late = list(_table_rows(flight, names, span))
    archived = cold_rows(files, flight, names, span)
    if not late:
        yield from archived
        return
    rows = np.concatenate([*archived, *late])
    yield rows[np.argsort(rows[:, 0], kind="stable")]


def _table_rows(flight: FlightSession, names: Sequence[str], span: Span) -> Iterator[FloatArray]:
    query = _READ.format(sql.SQL(", ").join([column_sql(name) for name in names]))
    # Django's own cursors speak text; binary rows are taken apart in half the time. Opening one
    # of Django's first binds the transaction to its organization. And Django knows only its own
    # cursors' errors: one that tells of a database that is away must be Django's, too.
    with (
        connection.cursor(),
        connection.wrap_database_errors,
        ServerCursor(connection.connection, "telemetry_window") as cursor,
    ):
        cursor.format = Format.BINARY
        cursor.execute(query, [flight.boot_at, flight.pk, *span])
        while batch := cursor.fetchmany(BATCH_ROWS):
            yield np.array(batch, dtype=np.float64)


def column_sql(name: str) -> sql.Composable:
    """What a query names to get a channel as float8."""
    if name in COLUMN_TYPES:
        return sql.SQL("{}::float8").format(sql.Identifier(name))
    if spec_of(name).name == "motor_rpm":
        number = int(name.rsplit("_", 1)[1])
        return sql.SQL("nullif(motor_rpm[{}]::float8, 'NaN')").format(sql.Literal(number))
    return sql.SQL("(extras ->> {})::float8").format(sql.Literal(name))


def stretch_rows(rows_total: int, *, channels: int, max_points: int) -> int:
    """How many rows a stretch has, so that two rows for each channel of each stretch fit."""
    stretches = (max_points - 2) // (2 * channels)
    if stretches < 1:
        raise Rejected(
            f"{channels} channels need max_points of at least {2 * channels + 2}.",
            code="too_few_points",
        )
    return -(-rows_total // stretches)


def thin(batches: Iterable[FloatArray], *, stretch: int) -> FloatArray:
    """Of every ``stretch`` rows those with a channel's extremes; also the first and last row.

    Batches are thinned as they come and what is left of them once more at the end, so stretches
    that lie across two batches come out right.
    """
    kept: list[FloatArray] = []
    numbers: list[NDArray[np.int64]] = []
    seen = 0
    for batch in batches:
        number = (seen + np.arange(len(batch))) // stretch
        chosen = _extremes(batch, number)
        chosen[[0, -1]] = True
        kept.append(batch[chosen])
        numbers.append(number[chosen])
        seen += len(batch)
    rows = np.concatenate(kept)
    chosen = _extremes(rows, np.concatenate(numbers))
    chosen[[0, -1]] = True
    return rows[chosen]


def _extremes(rows: FloatArray, stretch: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows hold a channel's first least or first greatest value of their stretch."""
    starts = np.flatnonzero(np.diff(stretch, prepend=stretch[0] - 1))
    position = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(rows)))
    chosen = np.zeros(len(rows), dtype=np.bool_)
    for column in rows.T[1:]:
        for reduce in (np.fmin, np.fmax):
            at = np.flatnonzero(column == reduce.reduceat(column, starts)[position])
            _, first = np.unique(position[at], return_index=True)
            chosen[at[first]] = True
    return chosen
