"""Finding the flight that each point belongs to, and opening one where an aircraft begins to send.

A point names its flight, or its aircraft. An aircraft's points go to the stream they continue:
one whose points end or begin within SILENCE of them. Without one a flight is opened.

Aircraft are gone through in the order of their ids: two batches that open flights of the same
aircraft then wait for each other in place of deadlocking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from accounts.models import Membership
from aviation.common.errors import TooLarge
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.telemetry.choices import Rejection
from aviation.telemetry.cold.models import archived_flights
from aviation.telemetry.ingest.batch import TIMESTAMP, Batch, Refused, refuse
from aviation.telemetry.ingest.bounds import MAX_FLIGHTS, MAX_RUNS
from aviation.telemetry.ingest.naming import Named, named_in
from aviation.telemetry.ingest.runs import by_time, runs_of, span_of
from aviation.telemetry.ingest.streams import (
    AFTER_THE_END,
    is_in_sight,
    stream_of_aircraft,
    stream_of_flight,
)
from aviation.telemetry.models import StreamedFlight

OVER = frozenset({FlightState.COMPLETED, FlightState.ABORTED})
NEVER_ARCHIVED = timedelta(days=1)
"""No month is archived that ended so lately: newer points need no look."""
REACH = timedelta(days=31)
"""A flight's points lie within this much of its start: no reader looks for them further away."""
Limit = tuple[datetime, Callable[..., pa.ChunkedArray], Rejection, str]
"""A moment, the comparison that finds points beyond it, and what these are refused for."""
Placement = tuple[list["Placed"], list[Refused]]


@dataclass(frozen=True, slots=True)
class Placed:
    """Points of one flight, sorted by time, and its stream."""

    points: pa.Table
    stream: StreamedFlight


def place(
    batch: Batch, *, membership: Membership, flight: FlightSession | None, now: datetime
) -> Placement:
    """The points by flight, and those that name none in sight or one that is over."""
    if flight is not None:
        return _without_archived(_of_one_flight(batch.points, flight, now), now)
    placed: list[Placed] = []
    names = named_in(batch.points, membership)
    refused = [each for points, detail in names.nowhere for each in _refuse(points, detail)]
    for named in names.found:
        if isinstance(named.thing, FlightSession):
            found, not_placed = _into_flight(named.thing, named.points, now)
        else:
            found, not_placed = _onto_aircraft(named, membership, now)
        placed += found
        refused += not_placed
        _require_few(placed)
    in_order = sorted(placed, key=lambda each: each.stream.session_id)
    return _without_archived((in_order, refused), now)


def _without_archived(found: Placement, now: datetime) -> Placement:
    """An archived flight takes no more points: its rows are no longer there to tell twice by."""
    placed, refused = found
    old = [each for each in placed if span_of(each.points)[0] < now - NEVER_ARCHIVED]
    archived = archived_flights([each.stream.session_id for each in old]) if old else frozenset()
    for each in old:
        if each.stream.session_id in archived:
            refused += _refuse(each.points, "Bring the flight back first.", Rejection.ARCHIVED)
    return [each for each in placed if each.stream.session_id not in archived], refused


def _require_few(placed: list[Placed]) -> None:
    if len(placed) > MAX_FLIGHTS:
        raise TooLarge(f"The points of one batch may belong to at most {MAX_FLIGHTS} flights.")


def _of_one_flight(points: pa.Table, flight: FlightSession, now: datetime) -> Placement:
    refused: list[Refused] = []
    if "flight" in points.column_names:
        names = pc.utf8_lower(points["flight"])
        own = pc.fill_null(pc.equal(names, str(flight.pk)), True)
        refused = _refuse(points.filter(pc.invert(own)), "It names another flight.")
        points = points.filter(own)
    placed, not_placed = _into_flight(flight, points, now)
    return placed, refused + not_placed


def _into_flight(flight: FlightSession, points: pa.Table, now: datetime) -> Placement:
    """A flight that is over takes points of its own time only: late ones, not new ones."""
    refused: list[Refused] = []
    for limit, compare, code, detail in _limits(flight):
        outside = compare(points["timestamp"], pa.scalar(limit, TIMESTAMP))
        refused += _refuse(points.filter(outside), detail, code)
        points = points.filter(pc.invert(outside))
    if points.num_rows == 0:
        return [], refused
    points = by_time(points)
    return [Placed(points, stream_of_flight(flight, span_of(points), now))], refused


def _limits(flight: FlightSession) -> list[Limit]:
    """Between which moments the flight's points lie. One that did not begin yet takes any."""
    if flight.state == FlightState.PLANNED:
        return []
    start, far = flight.started_at, "It lies far from the flight."
    limits: list[Limit] = [
        (start - REACH, pc.less, Rejection.NO_FLIGHT, far),
        (start + REACH, pc.greater, Rejection.NO_FLIGHT, far),
    ]
    if flight.state in OVER and flight.ended_at is not None:
        end = flight.ended_at + AFTER_THE_END
        limits.append((end, pc.greater, Rejection.FLIGHT_OVER, "The flight was over by then."))
    return limits


def _onto_aircraft(named: Named, membership: Membership, now: datetime) -> Placement:
    placed: list[Placed] = []
    refused: list[Refused] = []
    runs = list(runs_of(named.points))
    if len(runs) > MAX_RUNS:
        raise TooLarge(f"One aircraft's points of a batch may make at most {MAX_RUNS} flights.")
    for run in runs:
        stream = stream_of_aircraft(named.thing, run, membership, now)
        if is_in_sight(stream, membership):
            placed.append(Placed(run, stream))
        else:
            refused += _refuse(run, "The aircraft is on a flight that is not yours.")
    return placed, refused


def _refuse(points: pa.Table, detail: str, code: Rejection = Rejection.NO_FLIGHT) -> list[Refused]:
    return refuse(points, code, detail)
