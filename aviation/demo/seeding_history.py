"""Storing the invented history: all of it in one transaction, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Membership
from aviation.demo.history import MARK, PastFlight, history_of
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.mlresults.models import Analysis, Finding
from aviation.mlresults.services import analysis_of, findings_of
from aviation.telemetry.simulation.demo_fleet import DemoOrganization


@transaction.atomic
def store_history(
    demo: DemoOrganization,
    fleet: Mapping[str, Aircraft],
    members: Mapping[str, Membership],
    now: datetime,
) -> int:
    """How many flights were stored; none where an earlier attempt has stored them."""
    if FlightSession.objects.filter(notes__startswith=MARK).exists():
        return 0
    past = history_of(demo, now)
    sessions = [_session(flight, fleet, members) for flight in past]
    FlightSession.objects.bulk_create(sessions)
    _store_analyses(past, sessions)
    return len(sessions)


def _session(
    flight: PastFlight, fleet: Mapping[str, Aircraft], members: Mapping[str, Membership]
) -> FlightSession:
    return FlightSession(
        aircraft=fleet[flight.registration],
        pilot=members.get(flight.pilot_email),
        state=FlightState.COMPLETED,
        started_at=flight.start_at,
        ended_at=flight.start_at + timedelta(seconds=flight.airborne_s),
        airborne_s=flight.airborne_s,
        distance_m=flight.distance_m,
        max_height_m=flight.max_height_m,
        max_ground_speed_ms=flight.max_ground_speed_ms,
        notes=flight.purpose,
    )


def _store_analyses(past: Sequence[PastFlight], sessions: Sequence[FlightSession]) -> None:
    pairs = list(zip(past, sessions, strict=True))
    analyses = [analysis_of(session, flight.assessment) for flight, session in pairs]
    Analysis.objects.bulk_create(analyses)
    Finding.objects.bulk_create(
        finding
        for (flight, _), analysis in zip(pairs, analyses, strict=True)
        for finding in findings_of(analysis, flight.assessment)
    )
