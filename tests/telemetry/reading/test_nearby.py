"""Who passed a place: by distance along the globe, over 180° and at the poles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.choices import Role
from accounts.models import Membership
from aviation.telemetry.reading.nearby import Passage, passages
from aviation.telemetry.reading.places import EARTH_RADIUS_M, Circle
from aviation.telemetry.reading.span import Span
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.reading.build import BOOT, another_aircraft, fly, minutes_ago

WHOLE: Span = (BOOT - timedelta(days=1), BOOT + timedelta(days=1))
METRES_PER_DEGREE = EARTH_RADIUS_M * np.pi / 180


def distance_m(circle: Circle, latitude: Any, longitude: Any) -> Any:
    """By the angle between vectors: another formula than the query's."""

    def vector(north: Any, east: Any) -> Any:
        north, east = np.radians(north), np.radians(east)
        return np.array([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])

    one, other = vector(circle.latitude, circle.longitude), vector(latitude, longitude)
    chord = np.linalg.norm((one - other.T).T, axis=0)
    return 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(chord / 2, 1))


def track(latitudes: Any, longitudes: Any) -> dict[str, Any]:
    return {
        "time_s": np.arange(len(latitudes), dtype=float),
        "latitude": np.asarray(latitudes, dtype=float),
        "longitude": np.asarray(longitudes, dtype=float),
    }


def near(
    cast: Cast, circle: Circle, *, role: str = Role.READONLY, limit: int = 10
) -> list[Passage]:
    return passages(circle, WHOLE, cast.members[role], limit=limit)[0]


def test_nearest_distance_and_moment_are_numpys(in_alpha: Cast) -> None:
    random = np.random.default_rng(8)
    latitudes = 47 + np.cumsum(random.normal(size=3_000)) / 5_000
    longitudes = 8 + np.cumsum(random.normal(size=3_000)) / 5_000
    flight = fly(in_alpha, track(latitudes, longitudes))
    circle = Circle(47.003, 8.004, 3_000)
    distances = distance_m(circle, latitudes, longitudes)
    (found,) = near(in_alpha, circle)
    assert found.flight_id == flight.pk
    assert found.distance_m == pytest.approx(distances.min(), rel=1e-6, abs=1e-5)
    assert found.at == BOOT + timedelta(seconds=int(distances.argmin()))


def test_earliest_of_equally_near_moments_counts(in_alpha: Cast) -> None:
    fly(in_alpha, track([47.1, 47.0, 47.1, 47.0], [8.0] * 4))
    (found,) = near(in_alpha, Circle(47.0, 8.0, 100))
    assert found.at == BOOT + timedelta(seconds=1)


def test_circle_not_the_square_about_it_decides(in_alpha: Cast) -> None:
    """A point in the corner of the square is further away than the radius."""
    step = 900 / METRES_PER_DEGREE
    fly(in_alpha, track([47 + step], [8 + step / np.cos(np.radians(47))]))
    assert near(in_alpha, Circle(47, 8, 1_000)) == []
    assert len(near(in_alpha, Circle(47, 8, 1_300))) == 1


@pytest.mark.parametrize(
    ("place", "point", "metres"),
    [
        ((0.0, 179.999), (0.0, -179.999), 222.4),
        ((0.0, -179.999), (0.0, 179.999), 222.4),
        ((0.0, 180.0), (0.0, -180.0), 0.0),
        ((0.0, -180.0), (0.0, 180.0), 0.0),
        ((89.999, 0.0), (89.999, 180.0), 222.4),
        ((-89.999, 10.0), (-89.999, -170.0), 222.4),
        ((90.0, 0.0), (89.999, 123.0), 111.2),
        ((60.0, 179.9995), (60.0, -179.9995), 55.6),
    ],
    ids=str,
)
def test_globe_has_no_seam(
    in_alpha: Cast, place: tuple[float, float], point: tuple[float, float], metres: float
) -> None:
    fly(in_alpha, track([point[0]], [point[1]]))
    (found,) = near(in_alpha, Circle(*place, metres + 1))
    assert found.distance_m == pytest.approx(metres, abs=0.2)
    if metres > 2:
        assert near(in_alpha, Circle(*place, metres - 1)) == []


@settings(deadline=None, max_examples=300)
@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    radius_m=st.floats(1, 100_000),
    seed=st.integers(0, 2**31),
)
def test_ranges_hold_the_whole_circle(
    latitude: float, longitude: float, radius_m: float, seed: int
) -> None:
    """No place on the circle lies outside the ranges that the index is asked for."""
    circle = Circle(latitude, longitude, radius_m)
    bearing = np.random.default_rng(seed).uniform(0, 2 * np.pi, 64)
    reach = radius_m / EARTH_RADIUS_M
    north = np.radians(latitude)
    there = np.arcsin(
        np.clip(
            np.sin(north) * np.cos(reach) + np.cos(north) * np.sin(reach) * np.cos(bearing), -1, 1
        )
    )
    turned = np.arctan2(
        np.sin(bearing) * np.sin(reach) * np.cos(north),
        np.cos(reach) - np.sin(north) * np.sin(there),
    )
    latitudes = np.degrees(there)
    longitudes = (longitude + np.degrees(turned) + 180) % 360 - 180
    south, upper = circle.latitudes
    assert (latitudes >= south - 1e-9).all()
    assert (latitudes <= upper + 1e-9).all()
    inside = np.zeros(64, dtype=bool)
    for west, east in circle.longitudes:
        assert -180 <= west <= east <= 180
        inside |= (longitudes >= west - 1e-9) & (longitudes <= east + 1e-9)
    assert inside.all()


def test_points_outside_the_window_do_not_count(in_alpha: Cast) -> None:
    fly(in_alpha, track([47.0], [8.0]), boot_at=BOOT - timedelta(days=2))
    assert near(in_alpha, Circle(47, 8, 1_000)) == []


def test_nearest_come_first_and_the_rest_is_told_of(in_alpha: Cast) -> None:
    for number in range(3):
        at = BOOT + timedelta(minutes=number)
        fly(in_alpha, track([47 + (3 - number) / 10_000], [8.0]), boot_at=at)
    member = in_alpha.members[Role.READONLY]
    found, is_complete = passages(Circle(47, 8, 1_000), WHOLE, member, limit=2)
    assert [round(each.distance_m) for each in found] == [11, 22]
    assert not is_complete
    assert passages(Circle(47, 8, 1_000), WHOLE, member, limit=3)[1]


def test_pilot_sees_own_flights_only(in_alpha: Cast) -> None:
    own = fly(in_alpha, track([47.0], [8.0]), pilot=in_alpha.members[Role.PILOT])
    fly(in_alpha, track([47.0], [8.0]), boot_at=BOOT + timedelta(minutes=1))
    circle = Circle(47, 8, 1_000)
    assert [each.flight_id for each in near(in_alpha, circle, role=Role.PILOT)] == [own.pk]
    assert len(near(in_alpha, circle)) == 2


def test_who_left_sees_nothing(in_alpha: Cast) -> None:
    fly(in_alpha, track([47.0], [8.0]))
    left = Membership(organization=in_alpha.organization, role=Role.ADMIN, ended_at=BOOT)
    assert passages(Circle(47, 8, 1_000), WHOLE, left, limit=10) == ([], True)


def test_any_number_of_flights_costs_one_query(in_alpha: Cast) -> None:
    for number in range(12):
        fly(in_alpha, track([47.0], [8.0]), boot_at=BOOT + timedelta(minutes=number))
    with CaptureQueriesContext(connection) as captured:
        near(in_alpha, Circle(47, 8, 1_000), limit=20)
    assert len(captured) == 1


# -- by the API


def ask(client: Client, **query: Any) -> Any:
    return client.get("/api/v1/telemetry/nearby/", query)


def test_api_tells_flights_and_aircraft(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        other = another_aircraft("ALPHA-2")
        first = fly(alpha, track([47.0001], [8.0]), boot_at=minutes_ago(60))
        second = fly(alpha, track([47.0002], [8.0]), boot_at=minutes_ago(50))
        third = fly(alpha, track([47.0003], [8.0]), boot_at=minutes_ago(40), aircraft=other)
    told = ask(viewer, latitude="47", longitude="8", radius_m="500").json()
    assert [each["flight"] for each in told["flights"]] == [
        str(flight.pk) for flight in (first, second, third)
    ]
    assert [(each["registration"], round(each["distance_m"])) for each in told["aircraft"]] == [
        ("ALPHA-1", 11),
        ("ALPHA-2", 33),
    ]
    assert told["is_complete"]


def test_window_is_the_last_thirty_days_without_one(viewer: Client, alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        fly(alpha, track([47.0], [8.0]), boot_at=minutes_ago(31 * 1_440))
    place = {"latitude": "47", "longitude": "8", "radius_m": "500"}
    assert ask(viewer, **place).json()["flights"] == []
    since = (minutes_ago(40 * 1_440)).isoformat()
    assert len(ask(viewer, **place, start=since).json()["flights"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"latitude": "91"},
        {"longitude": "-180.1"},
        {"latitude": "nan"},
        {"radius_m": "inf"},
        {"radius_m": "0"},
        {"radius_m": "100001"},
        {"radius_m": ""},
        {"limit": "501"},
        {"start": "2025-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"},
        {"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"},
        {"end": "0001-01-02T00:00:00Z"},
        {"start": "9999-12-31T23:59:59Z"},
    ],
    ids=str,
)
def test_bad_question_is_refused(viewer: Client, query: dict[str, str]) -> None:
    asked = {"latitude": "47", "longitude": "8", "radius_m": "500"} | query
    assert ask(viewer, **asked).status_code == 400


def test_organizations_do_not_see_each_other(
    outsider: Client, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    with tenant_context(alpha.organization):
        fly(alpha, track([47.0], [8.0]), boot_at=minutes_ago(60))
    place = {"latitude": "47", "longitude": "8", "radius_m": "500"}
    assert ask(outsider, **place).json()["flights"] == []
    assert len(ask(sign_in(alpha.members[Role.READONLY]), **place).json()["flights"]) == 1
