"""What a channel's values amount to over a stretch of a flight, counted in the database.

One query reads the stretch once. Percentiles lie between neighbouring values where they must,
as numpy's do; the standard deviation is that of the values themselves (division by their number).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from aviation.flights.models import FlightSession
from aviation.telemetry.cold.source import cold_files
from aviation.telemetry.reading.archived_statistics import archived_statistics
from aviation.telemetry.reading.bounded import answered_in_time
from aviation.telemetry.reading.channel_figures import HEADINGS, ChannelStatistics
from aviation.telemetry.reading.span import Span
from aviation.telemetry.windows import column_sql

_OF_CHANNEL = sql.SQL(
    "count({c}), min({c}), max({c}), avg({c}), stddev_pop({c}),"
    " percentile_cont('{{0.5,0.95,0.99}}'::float8[]) WITHIN GROUP (ORDER BY {c}),"
    ' min("timestamp") FILTER (WHERE {c} IS NOT NULL),'
    ' max("timestamp") FILTER (WHERE {c} IS NOT NULL), {direction}'
)
_DIRECTION = sql.SQL("atan2d(avg(sind({c})), avg(cosd({c})))")
# OFFSET 0 keeps the inner query apart: a value is taken out of its row once, not nine times.
_QUERY = sql.SQL(
    'SELECT {aggregates} FROM (SELECT "timestamp", {values} FROM telemetry_point '
    'WHERE session_id = %s AND "timestamp" >= %s AND "timestamp" <= %s OFFSET 0) AS rows'
)
PER_CHANNEL = 9


def channel_statistics(
    *, flight: FlightSession, channels: Sequence[str], span: Span
) -> dict[str, ChannelStatistics]:
    """The figures of each channel between two moments, ends included.

    Raises Rejected when that takes too long.
    """
    if not channels:
        return {}
    if cold_files(flight, span):
        return archived_statistics(flight, channels, span)
    with answered_in_time(), connection.cursor() as cursor:
        cursor.execute(statistics_sql(channels), [flight.pk, *span])
        row = cursor.fetchone()
    return {
        name: _figures(row[PER_CHANNEL * place : PER_CHANNEL * (place + 1)])
        for place, name in enumerate(channels)
    }


def statistics_sql(channels: Sequence[str]) -> sql.Composed:
    """Takes flight, first and last moment as parameters."""
    names = [sql.Identifier(f"c{place}") for place in range(len(channels))]
    pairs = list(zip(channels, names, strict=True))
    values = [sql.SQL("{} AS {}").format(column_sql(channel), c) for channel, c in pairs]
    aggregates = [
        _OF_CHANNEL.format(c=c, direction=_direction(channel).format(c=c)) for channel, c in pairs
    ]
    comma = sql.SQL(", ")
    return _QUERY.format(aggregates=comma.join(aggregates), values=comma.join(values))


def _direction(channel: str) -> sql.SQL:
    return _DIRECTION if channel in HEADINGS else sql.SQL("NULL")


def _figures(values: Sequence[Any]) -> ChannelStatistics:
    count, least, greatest, mean, deviation, percentiles, first, last, direction = values
    p50, p95, p99 = percentiles or (None, None, None)
    return ChannelStatistics(
        count=count,
        min=least,
        max=greatest,
        mean=mean,
        standard_deviation=deviation,
        p50=p50,
        p95=p95,
        p99=p99,
        first_at=first,
        last_at=last,
        mean_direction_deg=None if direction is None else direction % 360,
    )
