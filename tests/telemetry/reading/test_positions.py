"""Where the fleet is, as far as the asking member sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from aviation.telemetry.reading.positions import Position, latest_positions, positions_key
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.queries import noted
from tests.telemetry.reading.build import another_aircraft, fly, minutes_ago, stream


@pytest.fixture(autouse=True)
def nothing_remembered(alpha: Cast, bravo: Cast) -> Iterator[None]:
    forget_positions(alpha, bravo)
    yield
    forget_positions(alpha, bravo)


def forget_positions(*casts: Cast) -> None:
    for cast in casts:
        with tenant_context(cast.organization):
            cache.delete_many([positions_key(member) for member in cast.members.values()])


def at(latitude: float, longitude: float = 8.0, **more: float) -> dict[str, Any]:
    """One point."""
    values = {"time_s": 0.0, "latitude": latitude, "longitude": longitude} | more
    return {name: [value] for name, value in values.items()}


def positions(cast: Cast, role: str = Role.READONLY) -> dict[str, Position]:
    found = latest_positions(cast.members[role], timezone.now())
    return {each.registration: each for each in found}


def test_stream_tells_the_newest_position(in_alpha: Cast) -> None:
    sent = at(47.5, 8.5, yaw_deg=-90.0, battery_percentage=61.0)
    flight = stream(in_alpha, sent, boot_at=minutes_ago(0.1))
    found = positions(in_alpha)["ALPHA-1"]
    assert (found.latitude, found.longitude) == (47.5, 8.5)
    assert (found.heading_deg, found.battery_percentage) == (270.0, 61.0)
    assert (found.flight_id, found.is_live) == (flight.session_id, True)
    assert 5 <= found.age_s <= 30


def test_open_stream_that_fell_silent_is_not_live(in_alpha: Cast) -> None:
    stream(in_alpha, at(47.5), boot_at=minutes_ago(2))
    found = positions(in_alpha)["ALPHA-1"]
    assert not found.is_live
    assert found.age_s == pytest.approx(120, abs=10)


def test_closed_stream_is_not_live(in_alpha: Cast) -> None:
    stream(in_alpha, at(47.5), boot_at=minutes_ago(0.1), closed_at=timezone.now())
    assert not positions(in_alpha)["ALPHA-1"].is_live


def test_log_tells_its_last_known_point(in_alpha: Cast) -> None:
    columns = {
        "time_s": [0.0, 1.0, 2.0],
        "latitude": [47.0, 47.1, np.nan],
        "longitude": [8.0, 8.1, np.nan],
        "battery_percentage": [90.0, 89.0, 88.0],
    }
    flight = fly(in_alpha, columns, boot_at=minutes_ago(600))
    found = positions(in_alpha)["ALPHA-1"]
    assert (found.latitude, found.longitude, found.battery_percentage) == (47.1, 8.1, 89.0)
    assert (found.flight_id, found.is_live) == (flight.pk, False)


def test_later_of_stream_and_log_counts(in_alpha: Cast) -> None:
    other = another_aircraft("ALPHA-2")
    stream(in_alpha, at(1.0), boot_at=minutes_ago(500), closed_at=timezone.now())
    fly(in_alpha, at(2.0), boot_at=minutes_ago(100))
    fly(in_alpha, at(3.0), boot_at=minutes_ago(500), aircraft=other)
    stream(in_alpha, at(4.0), boot_at=minutes_ago(100), aircraft=other)
    found = positions(in_alpha)
    assert found["ALPHA-1"].latitude == 2.0
    assert found["ALPHA-2"].latitude == 4.0


def test_flight_without_positions_does_not_hide_the_one_before(in_alpha: Cast) -> None:
    fly(in_alpha, at(2.0), boot_at=minutes_ago(500))
    fly(in_alpha, {"time_s": [0.0], "roll_deg": [1.0]}, boot_at=minutes_ago(100))
    assert positions(in_alpha)["ALPHA-1"].latitude == 2.0


def test_aircraft_that_never_told_a_position_is_left_out(in_alpha: Cast) -> None:
    fly(in_alpha, {"time_s": [0.0], "roll_deg": [1.0]}, boot_at=minutes_ago(100))
    stream(in_alpha, {"time_s": [0.0], "roll_deg": [1.0]}, boot_at=minutes_ago(1))
    assert positions(in_alpha) == {}


def test_pilot_sees_aircraft_by_own_flights_only(in_alpha: Cast) -> None:
    pilot = in_alpha.members[Role.PILOT]
    other = another_aircraft("ALPHA-2")
    stream(in_alpha, at(1.0), boot_at=minutes_ago(50), pilot=pilot, closed_at=timezone.now())
    stream(in_alpha, at(2.0), boot_at=minutes_ago(1))
    stream(in_alpha, at(3.0), boot_at=minutes_ago(1), aircraft=other)
    found = positions(in_alpha, Role.PILOT)
    assert [(name, each.latitude) for name, each in found.items()] == [("ALPHA-1", 1.0)]
    assert {name: each.latitude for name, each in positions(in_alpha).items()} == {
        "ALPHA-1": 2.0,
        "ALPHA-2": 3.0,
    }


def test_pilot_sees_own_logs_aircraft(in_alpha: Cast) -> None:
    pilot = in_alpha.members[Role.PILOT]
    fly(in_alpha, at(1.0), boot_at=minutes_ago(500), pilot=pilot)
    fly(in_alpha, at(2.0), boot_at=minutes_ago(100))
    assert positions(in_alpha, Role.PILOT)["ALPHA-1"].latitude == 1.0


def test_who_left_sees_nothing(in_alpha: Cast) -> None:
    """Nor what was remembered for those who are still there."""
    stream(in_alpha, at(1.0), boot_at=minutes_ago(1))
    assert positions(in_alpha, Role.ADMIN)
    left = Membership(organization=in_alpha.organization, role=Role.ADMIN, ended_at=timezone.now())
    assert latest_positions(left, timezone.now()) == []


def test_second_viewer_costs_no_query(in_alpha: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """I16 of the map: one cached read per viewer."""
    monkeypatch.setattr("aviation.telemetry.reading.positions.REMEMBERED_S", 60)
    stream(in_alpha, at(1.0), boot_at=minutes_ago(1))
    with noted() as first:
        positions(in_alpha, Role.READONLY)
    with noted() as second:
        again = positions(in_alpha, Role.MANAGER)
    assert (len(first), len(second)) == (1, 0)
    assert again["ALPHA-1"].latitude == 1.0


def test_what_is_remembered_for_managers_is_not_told_to_pilots(in_alpha: Cast) -> None:
    stream(in_alpha, at(1.0), boot_at=minutes_ago(1))
    assert positions(in_alpha, Role.MANAGER)
    assert positions(in_alpha, Role.PILOT) == {}


def test_remembered_answer_ages(in_alpha: Cast) -> None:
    stream(in_alpha, at(1.0), boot_at=minutes_ago(0.1))
    member, now = in_alpha.members[Role.READONLY], timezone.now()
    (early,) = latest_positions(member, now)
    (late,) = latest_positions(member, now + timedelta(seconds=90))
    assert late.age_s == pytest.approx(early.age_s + 90, abs=0.2)
    assert (early.is_live, late.is_live) == (True, False)


def test_answer_is_remembered_for_a_second_only(in_alpha: Cast) -> None:
    stream(in_alpha, at(1.0), boot_at=minutes_ago(1))
    positions(in_alpha)
    ttl = cache.ttl(positions_key(in_alpha.members[Role.READONLY]))  # type: ignore[attr-defined]
    assert ttl <= 1


def test_organizations_do_not_see_each_other(
    alpha: Cast, bravo: Cast, viewer: Client, outsider: Client
) -> None:
    with tenant_context(alpha.organization):
        stream(alpha, at(1.0), boot_at=minutes_ago(1))
    with tenant_context(bravo.organization):
        stream(bravo, at(2.0), boot_at=minutes_ago(1))
    for client, wanted in ((viewer, "ALPHA-1"), (outsider, "BRAVO-1")):
        told = client.get("/api/v1/aircraft/positions/").json()
        assert [each["registration"] for each in told["positions"]] == [wanted]


def test_cost_does_not_grow_with_the_fleet(
    in_alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    """One query for one aircraft and for thirty."""
    for number in range(30):
        aircraft = another_aircraft(f"ALPHA-{number + 2}")
        stream(in_alpha, at(float(number)), boot_at=minutes_ago(1), aircraft=aircraft)
    with noted() as captured:
        began = time.process_time()
        assert len(positions(in_alpha)) == 30
    assert len(captured) == 1
    assert time.process_time() - began < 1
