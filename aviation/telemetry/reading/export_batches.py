"""A flight's rows as CSV text from the database, batch by batch, each in its own transaction.

A body that streams is read after the view has returned, at the pace of the one who reads it. So
nothing is held between two batches: no transaction, no bound organization, no cursor. A client
that reads slowly or goes away leaves nothing behind, and behind a pooler the connection is free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from django.db import connection, transaction
from psycopg import sql

from accounts.models import Membership
from aviation.common.errors import NotFound
from aviation.flights.models import FlightSession
from aviation.telemetry.channels import spec_of
from aviation.telemetry.cold.csv_text import csv_lines, gathered
from aviation.telemetry.cold.source import cold_batches, cold_files
from aviation.telemetry.columns import COLUMN_TYPES
from aviation.telemetry.reading.span import Span
from aviation.telemetry.windows import column_sql
from aviation.tenants.context import acting_as, tenant_context

BATCH_ROWS = 10_000
STEP = timedelta(microseconds=1)
_MOMENT = sql.SQL("""to_char("timestamp" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""")
_COPY = sql.SQL(
    "COPY (SELECT {}"
    ' FROM telemetry_point WHERE session_id = %s AND "timestamp" > %s AND "timestamp" <= %s'
    ' ORDER BY "timestamp" LIMIT %s) TO STDOUT (FORMAT csv)'
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported, and for whom. ``membership`` comes with its organization."""

    flight: FlightSession
    channels: tuple[str, ...]
    span: Span
    membership: Membership


def csv_batches(wanted: Wanted) -> Iterator[bytes]:
    """Lines of moment and channels without a header, at most BATCH_ROWS at a time, in order.

    Raises NotFound when the flight is deleted meanwhile or no longer the member's to see: an
    export breaks off then, and does not look complete.
    """
    archived = archived_lines(wanted)
    if archived is None:
        yield from _table_batches(wanted)
    else:
        yield from gathered(merge(archived, _lines_of(_table_batches(wanted))), BATCH_ROWS)


def _table_batches(wanted: Wanted) -> Iterator[bytes]:
    after = wanted.span[0] - STEP
    while True:
        lines = _read(wanted, after)
        if lines:
            yield lines
        if lines.count(b"\n") < BATCH_ROWS:
            return
        after = _last_moment(lines)


def _lines_of(batches: Iterator[bytes]) -> Iterator[bytes]:
    for batch in batches:
        yield from batch.splitlines(keepends=True)


def archived_lines(wanted: Wanted) -> Iterator[bytes] | None:
    """The archived rows' lines by time; None where nothing is archived."""
    with _in_sight(wanted):
        files = cold_files(wanted.flight, wanted.span)
    if not files:
        return None
    return _lines_of(
        csv_lines(batch)
        for batch in cold_batches(files, wanted.channels, wanted.span, batch_rows=BATCH_ROWS)
    )


@contextmanager
def _in_sight(wanted: Wanted) -> Iterator[None]:
    """A transaction in which the member still sees the flight. Raises NotFound."""
    member = wanted.membership
    with acting_as(member.user_id), tenant_context(member.organization), transaction.atomic():
        visible = FlightSession.objects.visible_to(member)
        if not visible.filter(pk=wanted.flight.pk).exists():
            raise NotFound("The flight is gone.")
        yield


def _read(wanted: Wanted, after: datetime) -> bytes:
    with _in_sight(wanted):
        values = [wanted.flight.pk, after, wanted.span[1], BATCH_ROWS]
        with (
            connection.cursor() as cursor,
            connection.wrap_database_errors,
            cursor.copy(copy_sql(wanted.channels), values) as copy,
        ):
            return b"".join(bytes(block) for block in copy)


def copy_sql(channels: Sequence[str]) -> sql.Composed:
    """Takes flight, the moment to begin after, the last moment and a number of rows."""
    columns = [_MOMENT, *(_column(channel) for channel in channels)]
    return _COPY.format(sql.SQL(", ").join(columns))


def _column(channel: str) -> sql.Composable:
    """As it is stored: the text of a real is shorter than that of the same value as float8."""
    if channel in COLUMN_TYPES:
        return sql.Identifier(channel)
    if spec_of(channel).name == "motor_rpm":
        number = int(channel.rsplit("_", 1)[1])
        return sql.SQL("nullif(motor_rpm[{}], 'NaN')").format(sql.Literal(number))
    return column_sql(channel)


def _last_moment(lines: bytes) -> datetime:
    last_line = lines[lines.rfind(b"\n", 0, -1) + 1 :]
    return datetime.fromisoformat(last_line.split(b",", 1)[0].decode().rstrip())
