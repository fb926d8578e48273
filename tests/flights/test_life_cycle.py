"""A flight is planned, in progress, then completed or aborted; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.choices import Role
from aviation.common.errors import Conflict, NotAllowed, Rejected
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.flights.services import abort_flight, complete_flight, plan_flight, start_flight
from tests.conftest import Cast

DAWN = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
LATER = DAWN + timedelta(hours=1)


@pytest.fixture
def planned(in_alpha: Cast) -> FlightSession:
    return plan_flight(
        aircraft=in_alpha.aircraft, started_at=DAWN, membership=in_alpha.members[Role.PILOT]
    )


def test_flight_goes_from_plan_to_completion(planned: FlightSession, in_alpha: Cast) -> None:
    pilot = in_alpha.members[Role.PILOT]
    flying = start_flight(flight=planned, membership=pilot, at=DAWN)
    assert flying.state == FlightState.IN_PROGRESS
    done = complete_flight(flight=planned, membership=pilot, at=LATER)
    assert (done.state, done.ended_at) == (FlightState.COMPLETED, LATER)


def test_plan_can_be_called_off_before_its_time(planned: FlightSession, in_alpha: Cast) -> None:
    off = abort_flight(
        flight=planned, membership=in_alpha.members[Role.PILOT], at=DAWN - timedelta(days=1)
    )
    assert (off.state, off.has_flight) == (FlightState.ABORTED, False)


@pytest.mark.parametrize("step", [complete_flight], ids=lambda step: step.__name__)
def test_planned_flight_cannot_skip_its_start(
    planned: FlightSession, in_alpha: Cast, step: Callable[..., FlightSession]
) -> None:
    with pytest.raises(Conflict, match="planned"):
        step(flight=planned, membership=in_alpha.members[Role.PILOT], at=LATER)


@pytest.mark.parametrize(
    "step", [start_flight, complete_flight, abort_flight], ids=lambda step: step.__name__
)
def test_completed_flight_stays_completed(
    planned: FlightSession, in_alpha: Cast, step: Callable[..., FlightSession]
) -> None:
    pilot = in_alpha.members[Role.PILOT]
    start_flight(flight=planned, membership=pilot, at=DAWN)
    complete_flight(flight=planned, membership=pilot, at=LATER)
    with pytest.raises(Conflict, match="completed"):
        step(flight=planned, membership=pilot, at=LATER)


def test_flight_cannot_end_before_it_starts(planned: FlightSession, in_alpha: Cast) -> None:
    pilot = in_alpha.members[Role.PILOT]
    start_flight(flight=planned, membership=pilot, at=DAWN)
    with pytest.raises(Rejected):
        complete_flight(flight=planned, membership=pilot, at=DAWN - timedelta(seconds=1))


@pytest.mark.parametrize("role", [Role.READONLY, Role.ANALYST])
def test_role_that_does_not_fly_changes_no_flight(
    planned: FlightSession, in_alpha: Cast, role: str
) -> None:
    with pytest.raises(NotAllowed):
        start_flight(flight=planned, membership=in_alpha.members[role], at=DAWN)


def test_pilot_cannot_move_a_flight_of_somebody_else(in_alpha: Cast) -> None:
    flight = plan_flight(
        aircraft=in_alpha.aircraft, started_at=DAWN, membership=in_alpha.members[Role.MANAGER]
    )
    with pytest.raises(FlightSession.DoesNotExist):
        start_flight(flight=flight, membership=in_alpha.members[Role.PILOT], at=DAWN)
