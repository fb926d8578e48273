"""Hours, flights and days of each aircraft and pilot, worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts.choices import Role
from accounts.models import Membership
from analytics.periods import Period
from analytics.reading.activity import Flown
from analytics.reading.utilisation import Use, use_by_aircraft, use_by_pilot
from aviation.tenants.models import Organization
from tests.analytics.reading.build import aircraft, flew, period, refresh
from tests.conftest import Cast


@pytest.fixture
def week(in_alpha: Cast) -> Period:
    """Two flights on Monday and one on Sunday of ALPHA-1, one of WING-1 on Monday."""
    wing = aircraft("WING-1", "fixed_wing")
    analyst, user = in_alpha.members[Role.ANALYST], in_alpha.members[Role.USER]
    flew(in_alpha, "2026-05-04 07:00", pilot=analyst, airborne_s=1_800)
    flew(in_alpha, "2026-05-04 09:00", pilot=user, airborne_s=None)
    flew(in_alpha, "2026-05-10 09:00", pilot=analyst, airborne_s=600)
    flew(in_alpha, "2026-05-04 10:00", aircraft=wing, airborne_s=7_200, distance_m=80_000)
    flew(in_alpha, "2026-05-11 00:00", pilot=user)
    refresh()
    return period("2026-05-04", "2026-05-11", in_alpha)


@pytest.fixture
def manager_of_alpha(in_alpha: Cast) -> Membership:
    return in_alpha.members[Role.MANAGER]


def test_aircraft_by_hours(week: Period, manager_of_alpha: Membership) -> None:
    found = [(u.aircraft.registration, u.use) for u in use_by_aircraft(manager_of_alpha, week)]
    assert found == [
        ("WING-1", Use(Flown(1, Decimal(7_200), 1, Decimal(80_000)), 1, 7)),
        ("ALPHA-1", Use(Flown(3, Decimal(2_400), 2, Decimal(15_000)), 2, 7)),
    ]


def test_share_of_days_is_of_all_days_of_the_period(
    week: Period, manager_of_alpha: Membership
) -> None:
    shares = [each.use.share for each in use_by_aircraft(manager_of_alpha, week)]
    assert shares == [Decimal(1) / 7, Decimal(2) / 7]


def test_aircraft_that_did_not_fly_is_listed_and_a_retired_one_only_if_it_flew(
    week: Period, manager_of_alpha: Membership
) -> None:
    aircraft("IDLE-1")
    aircraft("GONE-1", status="retired")
    wing = use_by_aircraft(manager_of_alpha, week)[0].aircraft
    wing.status = "retired"
    wing.save()
    found = {u.aircraft.registration: u.use for u in use_by_aircraft(manager_of_alpha, week)}
    assert set(found) == {"WING-1", "ALPHA-1", "IDLE-1"}
    assert found["IDLE-1"] == Use(Flown(), 0, 7)


def test_pilots_by_hours_and_unnamed_ones_last(week: Period, manager_of_alpha: Membership) -> None:
    found = [(each.name, each.use) for each in use_by_pilot(manager_of_alpha, week)]
    assert found == [
        ("Alpha Analyst", Use(Flown(2, Decimal(2_400), 2, Decimal(10_000)), 2, 7)),
        ("Alpha User", Use(Flown(1, Decimal(0), 0, Decimal(5_000)), 1, 7)),
        ("No pilot named", Use(Flown(1, Decimal(7_200), 1, Decimal(80_000)), 1, 7)),
    ]


def test_days_of_a_pilot_are_local_days(in_alpha: Cast, manager_of_alpha: Membership) -> None:
    """Two flights on one day in UTC, which are two days in Zurich."""
    Organization.objects.filter(pk=in_alpha.organization.pk).update(time_zone="Europe/Zurich")
    for hour in ("20:00", "23:00"):
        flew(in_alpha, f"2026-05-04 {hour}", pilot=manager_of_alpha)
    refresh()
    week = period("2026-05-04", "2026-05-11", in_alpha)
    zurich = Period(week.start, week.end, ZoneInfo("Europe/Zurich"))
    (by_pilot,) = use_by_pilot(manager_of_alpha, zurich)
    (by_aircraft,) = use_by_aircraft(manager_of_alpha, zurich)
    assert by_pilot.use.days == by_aircraft.use.days == 2


def test_nobody_flew(in_alpha: Cast, manager_of_alpha: Membership) -> None:
    empty = period("2026-05-04", "2026-05-11", in_alpha)
    assert use_by_pilot(manager_of_alpha, empty) == []
    (idle,) = use_by_aircraft(manager_of_alpha, empty)
    assert idle.use == Use(Flown(), 0, 7)
