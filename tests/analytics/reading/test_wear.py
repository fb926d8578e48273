"""The wear list and its evidence, from flights entered by hand."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from analytics.calculations.wear import WearAction, WearSource, plain
from analytics.reading.evidence import EvidenceKind
from analytics.reading.wear import WearStanding, wear_list, wear_of
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from aviation.tenants.services import set_time_zone
from tests.analytics.reading.build import found_behind, refresh
from tests.analytics.reading.varied import make_flights
from tests.api.build import make_analysis, make_finding, make_flight
from tests.conftest import Cast

AT = datetime(2026, 3, 30, 12, tzinfo=UTC)


def flown(
    cast: Cast,
    days_ago: int = 1,
    *findings: tuple[str, str],
    risk: float | None = 0.5,
    **values: Any,
) -> FlightSession:
    """A flight at noon with these findings, (component, severity)."""
    started_at = values.pop("started_at", AT - timedelta(days=days_ago))
    flight = make_flight(cast, started_at=started_at, **values)
    analysis = make_analysis(flight, risk_score=risk)
    for position, (component, severity) in enumerate(findings):
        make_finding(analysis, position, component=component, severity=severity)
    return flight


def standing_of(cast: Cast, at: datetime = AT) -> WearStanding:
    refresh()
    standing = wear_of(cast.aircraft.pk, at)
    assert standing is not None
    return standing


def test_score_counts_findings_of_30_days_and_risks_of_7(in_alpha: Cast) -> None:
    """Motor 2 x 0.4, control 1 x 0.3, battery 1 x 0.2; (0.25 + 0.5) / 2 = 0.375 x 10; due in 30
    days 10: 0.8 + 0.3 + 0.2 + 3.75 + 10 = 15.05."""
    flown(in_alpha, 0, ("motor", "critical"), ("motor", "info"), ("gps", "critical"), risk=0.25)
    flown(in_alpha, 6, ("battery", "warning"), risk=0.5)
    flown(in_alpha, 6, risk=None)
    flown(in_alpha, 7, ("control_surface", "warning"), risk=1.0)
    flown(in_alpha, 29, ("motor", "warning"), risk=1.0)
    flown(in_alpha, 30, ("motor", "critical"), ("battery", "critical"), risk=1.0)
    flown(in_alpha, -1, ("motor", "critical"), risk=1.0)
    Aircraft.objects.filter(pk=in_alpha.aircraft.pk).update(
        next_maintenance_on=AT.date() + timedelta(days=30)
    )
    standing = standing_of(in_alpha)
    assert plain(standing.wear.score) == "15.05"
    assert (standing.wear.level, standing.wear.action) == ("medium", WearAction.CONTINUE)
    assert standing.wear.is_assessed
    assert [plain(part.points) for part in standing.wear.parts] == [
        "0.8", "0.3", "0.2", "3.75", "10",
    ]  # fmt: skip


def test_flights_that_do_not_count_leave_no_wear(in_alpha: Cast) -> None:
    flown(in_alpha, 1, ("motor", "critical"), has_flight=False)
    flown(in_alpha, 1, ("motor", "critical"), state="in_progress")
    replaced = flown(in_alpha, 1)
    old = make_analysis(replaced, is_active=False, engine_version="0")
    make_finding(old, component="motor")
    standing = standing_of(in_alpha)
    assert plain(standing.wear.score) == "5"  # the one flight's risk of 0.5
    assert standing.aircraft.figures.analysed_flights == 1


@pytest.mark.parametrize(
    ("zone", "at", "today", "counted"),
    [
        # 23:30 on 30 March in UTC; the flight is of the same moment 30 days before, 28 February
        ("UTC", datetime(2026, 3, 30, 23, 30, tzinfo=UTC), date(2026, 3, 30), 0),
        # in Auckland it is 31 March, 12:30, and the flight was on 1 March, at 12:30: day 31
        ("Pacific/Auckland", datetime(2026, 3, 30, 23, 30, tzinfo=UTC), date(2026, 3, 31), 0),
        # an hour of clock change later: 00:30 on 31 March there is 22:30 UTC; the flight was at
        # 23:30 of 28 February in UTC, 00:30 on 1 March there, which is day 31 as well
        ("Europe/Zurich", datetime(2026, 3, 30, 22, 30, tzinfo=UTC), date(2026, 3, 31), 0),
        # half an hour before midnight there it is still 30 March, and 1 March is the first of 30
        ("Europe/Zurich", datetime(2026, 3, 30, 21, 30, tzinfo=UTC), date(2026, 3, 30), 1),
    ],
)
def test_days_are_the_organization_s_own(
    zone: str, at: datetime, today: date, counted: int, alpha: Cast
) -> None:
    set_time_zone(slug=alpha.organization.slug, time_zone=zone)
    with tenant_context(alpha.organization):
        flown(alpha, 0, ("motor", "warning"), started_at=datetime(2026, 2, 28, 23, 30, tzinfo=UTC))
        figures = standing_of(alpha, at).aircraft.figures
    assert (figures.today, figures.motor) == (today, counted)


def test_most_worn_comes_first_and_retired_aircraft_are_left_out(in_alpha: Cast) -> None:
    for registration, status, days in (
        ("B-30", "grounded", -1),
        ("A-30", "maintenance", -1),
        ("C-20", "active", 1),
        ("GONE", "retired", -1),
    ):
        Aircraft.objects.create(
            registration=registration,
            status=status,
            next_maintenance_on=AT.date() + timedelta(days=days),
        )
    listed = [standing.aircraft.registration for standing in wear_list(AT)]
    assert listed == ["A-30", "B-30", "C-20", "ALPHA-1"]
    gone = Aircraft.objects.get(registration="GONE")
    assert wear_of(gone.pk, AT) is not None


def test_other_organization_s_aircraft_are_not_there(alpha: Cast, bravo: Cast) -> None:
    with tenant_context(bravo.organization):
        flown(bravo, 1, ("motor", "critical"))
        refresh()
    with tenant_context(alpha.organization):
        assert wear_of(bravo.aircraft.pk, AT) is None
        assert wear_of(uuid.uuid4(), AT) is None
        assert [each.aircraft.registration for each in wear_list(AT)] == ["ALPHA-1"]
        assert standing_of(alpha).wear.score == 0


def test_list_of_300_costs_the_two_queries_of_one(in_alpha: Cast) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            wear_list(AT)
        return len(captured)

    assert count() == 2
    make_flights(400)
    Aircraft.objects.bulk_create(Aircraft(registration=f"N{n}") for n in range(300))
    assert count() == 2
    assert len(wear_list(AT)) > 300


# --- what is behind the numbers --------------------------------------------------------------


def test_maintenance_has_the_aircraft_behind_it(in_alpha: Cast) -> None:
    evidence = standing_of(in_alpha).evidence[WearSource.MAINTENANCE]
    assert (evidence.kind, evidence.filters) == (EvidenceKind.AIRCRAFT, {})


@pytest.mark.parametrize("source", list(WearSource))
def test_every_part_has_evidence(source: WearSource, in_alpha: Cast) -> None:
    standing = standing_of(in_alpha)
    assert standing.evidence[source].aircraft_id == in_alpha.aircraft.pk


@pytest.mark.parametrize("value", ["true", "false", ""])
def test_filter_that_is_off_leaves_the_list_whole(value: str, alpha: Cast, viewer: Client) -> None:
    with tenant_context(alpha.organization):
        flown(alpha, 1, ("motor", "info"), ("motor", "warning"), risk=None)
        flown(alpha, 1, risk=0.5)
    findings = viewer.get("/api/v1/findings/", {"is_anomaly": value}).json()["results"]
    analyses = viewer.get("/api/v1/analyses/", {"is_scored": value}).json()["results"]
    assert (len(findings), len(analyses)) == ((1, 1) if value == "true" else (2, 2))


def test_pilot_finds_behind_a_number_only_what_is_theirs(alpha: Cast, sign_in: Any) -> None:
    with tenant_context(alpha.organization):
        flown(alpha, 1, ("motor", "warning"))
        flown(alpha, 1, ("motor", "warning"), pilot=alpha.members[Role.PILOT])
        evidence = standing_of(alpha).evidence[WearSource.MOTOR]
    assert len(found_behind(sign_in(alpha.members[Role.PILOT]), evidence)) == 1
    assert len(found_behind(sign_in(alpha.members[Role.ANALYST]), evidence)) == 2


def test_now_is_a_moment_like_any_other(in_alpha: Cast) -> None:
    assert wear_list(timezone.now())[0].aircraft.figures.today == timezone.localdate()
