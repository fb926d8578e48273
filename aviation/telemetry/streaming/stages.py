"""How far a streamed flight has come, for whoever shows it."""

from __future__ import annotations

from enum import StrEnum

from aviation.flights.models import FlightSession
from aviation.telemetry.models import StreamedFlight
from aviation.telemetry.streaming.ending import MOST_ATTEMPTS, OVER


class Stage(StrEnum):
    LIVE = "live"
    FINISHING = "finishing"
    FAILED = "failed"
    FINISHED = "finished"


def stage_of(flight: FlightSession, stream: StreamedFlight) -> Stage:
    if flight.state not in OVER:
        return Stage.LIVE
    if stream.finished_count is not None:
        return Stage.FINISHED
    return Stage.FAILED if stream.finish_attempts >= MOST_ATTEMPTS else Stage.FINISHING
