"""Flights streamed through the real ingest, from simulated ones."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from accounts.choices import Role
from aviation.flights.models import FlightSession
from aviation.telemetry.formats import read_log
from aviation.telemetry.ingest.service import Answer, BodyKind, ingest
from aviation.telemetry.models import StreamedFlight
from aviation.telemetry.resample import to_rows
from aviation.telemetry.simulation import Fault, FlightPlan, simulate
from tests.conftest import Cast

HOME = (46.47, 8.25, 1_341.0)
LENGTH_S = 100


@cache
def flown(fault: Fault | None = None) -> pa.Table:
    """A simulated flight as rows at 10 Hz, ``time_s`` from its begin."""
    plan = FlightPlan(
        "multirotor", 3, LENGTH_S, datetime(2026, 11, 1, 9, 0, tzinfo=UTC), HOME, fault
    )
    buffer = io.BytesIO()
    simulate(plan).write_ulog(buffer)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flight.ulg"
        path.write_bytes(buffer.getvalue())
        return to_rows(read_log(path, name="flight.ulg"))


def points(rows: pa.Table, begin: datetime) -> pa.Table:
    """The rows as they are sent: a moment in place of seconds."""
    time_s = np.asarray(rows["time_s"])
    micros = np.round((time_s - time_s[0]) * 1e6).astype(np.int64)
    begin_us = pa.scalar(begin, pa.timestamp("us", tz="UTC")).cast(pa.int64()).as_py()
    moments = pa.array(micros + begin_us).cast(pa.timestamp("us", tz="UTC"))
    return rows.drop_columns("time_s").add_column(0, "timestamp", moments)


def arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def send(cast: Cast, table: pa.Table, *, flight: FlightSession | None = None) -> Answer:
    """Post the points for the cast's aircraft, or for a flight."""
    if flight is None:
        names = pa.repeat(pa.scalar(cast.aircraft.registration), table.num_rows)
        table = table.append_column("aircraft", names)
    return ingest(
        kind=BodyKind.ARROW,
        body=arrow(table),
        membership=cast.members[Role.MANAGER],
        flight=flight,
    )


def streamed(cast: Cast, table: pa.Table) -> StreamedFlight:
    answer = send(cast, table)
    assert answer["rejected"] == 0
    (flight_id,) = answer["flights"]
    return StreamedFlight.objects.select_related("session").get(pk=flight_id)


def silent_for(stream: StreamedFlight, silence: timedelta, *, now: datetime) -> None:
    StreamedFlight.objects.filter(pk=stream.pk).update(last_received_at=now - silence)


def without(table: pa.Table, names: Sequence[str]) -> pa.Table:
    return table.drop_columns([name for name in names if name in table.column_names])
