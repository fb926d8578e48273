"""The live map's page and its two documents: who sees what, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from aviation.fleet.models import Aircraft
from aviation.telemetry.ingest.service import BodyKind, ingest
from aviation.telemetry.live.positions import positions
from aviation.telemetry.models import StreamedFlight
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.queries import queries

STREAMS = "telemetry_streamedflight"


@pytest.fixture(autouse=True)
def nothing_kept(casts: dict[str, Cast]) -> Iterator[None]:
    yield
    for cast in casts.values():
        forget(cast)


def forget(cast: Cast) -> None:
    """As if a second had passed."""
    with tenant_context(cast.organization):
        for sight in ("fleet", *(str(each.pk) for each in cast.members.values())):
            cache.delete_many([f"live positions {sight}", f"live trails {sight}"])


def send(cast: Cast, registration: str, role: str = Role.USER, **values: Any) -> None:
    """A minute of points, one a second, the newest of them now."""
    now = timezone.now()
    lines = [
        {
            "aircraft": registration,
            "timestamp": (now - timedelta(seconds=59 - second)).isoformat(),
            "latitude": 46.5 + second / 10_000,
            "longitude": 8.25,
        }
        | values
        for second in range(60)
    ]
    with tenant_context(cast.organization):
        answer = ingest(kind=BodyKind.JSON, body=orjson.dumps(lines), membership=cast.members[role])
    assert answer["accepted"] == 60


def register(cast: Cast, *registrations: str) -> None:
    with tenant_context(cast.organization):
        for registration in registrations:
            Aircraft.objects.create(registration=registration, aircraft_type="multirotor")


def document(client: Client, cast: Cast, what: str = "positions") -> Any:
    response = client.get(f"{cast.home}live/{what}/")
    assert response.status_code == 200
    return response.json()


def test_newest_position_of_each_aircraft_is_told(alpha: Cast, viewer: Client) -> None:
    register(alpha, "SECOND")
    send(alpha, "ALPHA-1", height_m=120.5, ground_speed_ms=12.25, yaw_deg=90, battery_percentage=61)
    send(alpha, "SECOND")
    first, second = document(viewer, alpha)["aircraft"]
    assert (first["label"], first["name"], second["label"]) == ("ALPHA-1", "Alpha One", "SECOND")
    assert first["latitude"] == pytest.approx(46.5059)
    assert (first["height_m"], first["ground_speed_ms"], first["yaw_deg"]) == (120.5, 12.25, 90)
    assert (first["battery_percentage"], second["battery_percentage"]) == (61, None)
    assert abs(document(viewer, alpha)["now"] - timezone.now().timestamp()) < 60


def test_aircraft_that_was_silent_for_long_is_not_on_the_map(alpha: Cast, viewer: Client) -> None:
    send(alpha, "ALPHA-1")
    with tenant_context(alpha.organization):
        StreamedFlight.objects.update(last_received_at=timezone.now() - timedelta(minutes=31))
    assert document(viewer, alpha)["aircraft"] == []


def test_trail_holds_the_last_minutes_thinned(alpha: Cast, viewer: Client) -> None:
    send(alpha, "ALPHA-1")
    ((flight, trail),) = document(viewer, alpha, "trails")["trails"].items()
    assert flight == document(viewer, alpha)["aircraft"][0]["flight"]
    assert 29 <= len(trail) <= 31
    moments = [at for at, _, _ in trail]
    assert moments == sorted(moments)
    assert trail[0][1:] == pytest.approx([46.5, 8.25], abs=2e-4)


def test_unchanged_positions_are_not_sent_again(alpha: Cast, viewer: Client) -> None:
    send(alpha, "ALPHA-1")
    url = f"{alpha.home}live/positions/"
    etag = viewer.get(url).headers["ETag"]
    again = viewer.get(url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == etag


def test_hundred_viewers_cost_one_reading(
    alpha: Cast, viewer: Client, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a second for the whole organization, whoever asks, and whatever the fleet's size."""
    send(alpha, "ALPHA-1")
    at = timezone.now()
    monkeypatch.setattr("aviation.pages.views.live.timezone.now", lambda: at)
    url = f"{alpha.home}live/positions/"
    first = queries(viewer, url)
    later = [statement for _ in range(50) for statement in queries(viewer, url)]
    others = [statement for _ in range(50) for statement in queries(manager, url)]
    assert sum(STREAMS in statement for statement in first) == 1
    assert not any(STREAMS in statement for statement in [*later, *others])
    monkeypatch.setattr("aviation.pages.views.live.timezone.now", lambda: at + timedelta(seconds=1))
    assert sum(STREAMS in statement for statement in queries(manager, url)) == 1


@pytest.mark.parametrize("path", ["live/", "live/positions/", "live/trails/"])
def test_cost_does_not_grow_with_the_fleet(path: str, alpha: Cast, viewer: Client) -> None:
    send(alpha, "ALPHA-1")
    viewer.get(f"{alpha.home}{path}")  # the first request of a session notes it
    forget(alpha)
    small = len(queries(viewer, f"{alpha.home}{path}"))
    names = [f"F-{number}" for number in range(8)]
    register(alpha, *names)
    for name in names:
        send(alpha, name)
    forget(alpha)
    assert len(queries(viewer, f"{alpha.home}{path}")) == small


def test_while_one_request_reads_anew_the_others_get_the_old_answer(in_alpha: Cast) -> None:
    member = in_alpha.members[Role.READONLY]
    at = timezone.now()
    old = positions(member, at)
    cache.add("live positions fleet making", 1, timeout=60)
    try:
        assert positions(member, at + timedelta(seconds=2)).read_at == old.read_at
        late = at + timedelta(seconds=5)
        assert positions(member, late).read_at == late  # whoever was reading has died
    finally:
        cache.delete("live positions fleet making")


def test_pilot_sees_own_flights_only(alpha: Cast, sign_in: Any) -> None:
    register(alpha, "OTHERS")
    send(alpha, "ALPHA-1", role=Role.PILOT)
    send(alpha, "OTHERS")
    pilot, viewer = (sign_in(alpha.members[role]) for role in (Role.PILOT, Role.READONLY))
    assert len(document(viewer, alpha)["aircraft"]) == 2
    assert [each["label"] for each in document(pilot, alpha)["aircraft"]] == ["ALPHA-1"]
    assert len(document(pilot, alpha, "trails")["trails"]) == 1


def test_other_organization_is_never_on_the_map(
    alpha: Cast, bravo: Cast, viewer: Client, outsider: Client
) -> None:
    send(alpha, "ALPHA-1")
    assert len(document(viewer, alpha)["aircraft"]) == 1
    assert document(outsider, bravo)["aircraft"] == []
    assert outsider.get(f"{alpha.home}live/positions/").status_code == 404


def test_page_tells_where_the_fleet_is_without_a_script(alpha: Cast, viewer: Client) -> None:
    send(alpha, "ALPHA-1", height_m=120.4, ground_speed_ms=7.5, battery_percentage=48)
    page = viewer.get(f"{alpha.home}live/").content.decode()
    assert '<meta http-equiv="refresh" content="5">' in page
    for words in ("ALPHA-1", "120 m", "7.5 m/s", "48 %", "46.50590°"):
        assert words in page


@pytest.mark.parametrize(
    ("silent_s", "words"), [(4, "4 s ago"), (30, "Silent"), (200, "3 min ago")]
)
def test_page_says_how_old_a_position_is(
    silent_s: int, words: str, alpha: Cast, viewer: Client
) -> None:
    send(alpha, "ALPHA-1")
    with tenant_context(alpha.organization):
        moment = timezone.now() - timedelta(seconds=silent_s)
        StreamedFlight.objects.update(last_point_at=moment, last_received_at=moment)
    assert words in viewer.get(f"{alpha.home}live/").content.decode()


def test_map_without_aircraft_says_what_to_do(alpha: Cast, viewer: Client) -> None:
    page = viewer.get(f"{alpha.home}live/").content.decode()
    assert "No aircraft has sent anything in the last 30 minutes." in page
