"""Refused points: kept, found in the admin, let in after a fix, forgotten; and full storage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from aviation.audit.models import AuditEvent
from aviation.common.errors import NotAllowed
from aviation.fleet.models import Aircraft
from aviation.flights.storage import STANDING
from aviation.telemetry.ingest.bounds import MAX_REJECTIONS_KEPT
from aviation.telemetry.ingest.quarantine import SHORTENED, storable
from aviation.telemetry.ingest.replaying import let_in
from aviation.telemetry.ingest.upkeep import clear_ingest_record
from aviation.telemetry.models import IngestReceipt, QuarantinedPoint
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from config.schedule import SCHEDULE
from tests.conftest import Cast
from tests.telemetry.ingest.sending import (
    Post,
    flight_path,
    make_points,
    now,
    start_flight,
    stored_rows,
)

LIST = "admin/telemetry/quarantinedpoint/"


def kept(cast: Cast) -> list[QuarantinedPoint]:
    with tenant_context(cast.organization):
        return list(QuarantinedPoint.objects.order_by("pk"))


def test_refused_point_is_kept_as_it_was_sent(alpha: Cast, send: Post) -> None:
    point = make_points(1, aircraft=alpha.aircraft.registration, latitude=91.0)[0]
    send([point])
    (found,) = kept(alpha)
    assert (found.code, found.position) == ("out_of_range", 0)
    assert found.point["latitude"] == 91.0
    assert (found.aircraft_id, found.session_id) == (alpha.aircraft.pk, None)


def test_refused_point_stands_with_the_flight_of_its_neighbours(alpha: Cast, send: Post) -> None:
    """So that the flight's data quality counts it."""
    good, bad = make_points(2, aircraft=alpha.aircraft.registration)
    (flight,) = send([good, bad | {"latitude": 91.0}]).json()["flights"]
    assert str(kept(alpha)[0].session_id) == flight


def test_flight_of_another_organization_is_not_named(alpha: Cast, bravo: Cast, send: Post) -> None:
    send(make_points(1, flight=str(start_flight(bravo).pk)))
    assert kept(alpha)[0].session_id is None


def test_so_many_are_kept_and_all_are_counted(alpha: Cast, send: Post) -> None:
    answer = send(make_points(MAX_REJECTIONS_KEPT + 500, latitude=91.0)).json()
    assert answer["rejected"] == MAX_REJECTIONS_KEPT + 500
    assert len(answer["rejections"]) == len(kept(alpha)) == MAX_REJECTIONS_KEPT


def test_huge_points_are_kept_short() -> None:
    for huge in (
        {"a": "x" * 100_000},
        {f"name {n}": 1 for n in range(10_000)},
        {"a": [1] * 10_000},
        [[[["deep"]]]],
        {"a": 10**400, "b": float("nan"), "\ud800": "\ud800\x00"},
    ):
        text = json.dumps(storable(huge), allow_nan=False, ensure_ascii=False)
        assert len(text.encode()) < 40_000
        assert "\x00" not in text


def test_shortened_point_cannot_be_let_in(alpha: Cast) -> None:
    """Part of a point is not the point."""
    assert SHORTENED in storable({"aircraft": "A", "motor_rpm": [1.5] * 9_000})["motor_rpm"]
    assert set(storable({f"n{n}": "x" * 400 for n in range(50)})) == {SHORTENED}


def let_in_all(cast: Cast, role: str = Role.MANAGER) -> list[Any]:
    with tenant_context(cast.organization):
        return let_in(kept(cast), membership=cast.members[role], now=timezone.now())


def register(cast: Cast, registration: str) -> None:
    with tenant_context(cast.organization):
        Aircraft.objects.create(registration=registration, name="", aircraft_type="multirotor")


def test_points_are_let_in_after_a_fix(alpha: Cast, send: Post) -> None:
    send(make_points(5, aircraft="NEW-1") + make_points(1, aircraft="NEW-2"))
    register(alpha, "NEW-1")
    still = let_in_all(alpha)
    assert [each.detail for _, each in still] == ["There is no such aircraft."]
    assert stored_rows(alpha) == 5
    assert [point.replayed_at is None for point in kept(alpha)] == [False] * 5 + [True]
    with platform_context():
        event = AuditEvent.objects.get(action="telemetry.replayed")
    assert (event.table_name, event.after["points"]) == ("telemetry_quarantinedpoint", "5")


def test_points_are_let_in_once(alpha: Cast, send: Post) -> None:
    send(make_points(5, aircraft="NEW-1"))
    register(alpha, "NEW-1")
    let_in_all(alpha)
    assert let_in_all(alpha) == []
    assert stored_rows(alpha) == 5
    with platform_context():
        assert AuditEvent.objects.filter(action="telemetry.replayed").count() == 1


def test_point_sent_to_a_flights_address_is_let_in_there(alpha: Cast, send: Post) -> None:
    flight = start_flight(alpha)
    send(make_points(1, start=now() + timedelta(minutes=6)), path=flight_path(flight))
    assert kept(alpha)[0].code == "future"
    with tenant_context(alpha.organization):
        later = timezone.now() + timedelta(minutes=3)
        assert let_in(kept(alpha), membership=alpha.members[Role.MANAGER], now=later) == []
    assert kept(alpha)[0].session_id == flight.pk
    assert stored_rows(alpha) == 1


@pytest.mark.parametrize("role", [Role.ANALYST, Role.READONLY])
def test_only_who_may_send_lets_in(role: str, alpha: Cast, send: Post) -> None:
    send(make_points(1))
    with pytest.raises(NotAllowed):
        let_in_all(alpha, role)


def test_manager_finds_and_lets_in(manager: Client, alpha: Cast, send: Post) -> None:
    send(make_points(2, aircraft="NEW-1") + make_points(1, latitude=91.0))
    place = alpha.home + LIST
    page = manager.get(place, {"q": "no such aircraft"}).content.decode()
    assert page.count("There is no such aircraft.") == 2
    assert "latitude" not in page
    register(alpha, "NEW-1")
    chosen = [str(point.pk) for point in kept(alpha)]
    body = {"action": "let_in_again", "_selected_action": chosen, "index": 0}
    answer = manager.post(place, body, follow=True).content.decode()
    assert "2 let in." in answer
    assert "1 are still not right. latitude must be from -90 to 90" in answer
    assert stored_rows(alpha) == 2


def test_page_of_a_point_shows_what_was_sent(manager: Client, alpha: Cast, send: Post) -> None:
    send(make_points(1, aircraft="<script>alert(1)</script>"))
    page = manager.get(f"{alpha.home}{LIST}{kept(alpha)[0].pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize("role", Role.values)
def test_role_decides_who_sees_refused_points(
    role: str, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    status = sign_in(alpha.members[role]).get(alpha.home + LIST).status_code
    assert status == (200 if role in {Role.ADMIN, Role.MANAGER, Role.ANALYST} else 403)


def test_analyst_sees_and_lets_nothing_in(
    alpha: Cast, send: Post, sign_in: Callable[[Membership], Client]
) -> None:
    send(make_points(1))
    analyst = sign_in(alpha.members[Role.ANALYST])
    assert "Let in again" not in analyst.get(alpha.home + LIST).content.decode()
    body = {"action": "let_in_again", "_selected_action": [str(kept(alpha)[0].pk)], "index": 0}
    analyst.post(alpha.home + LIST, body)
    assert kept(alpha)[0].replayed_at is None


def test_refused_points_of_others_are_out_of_sight(
    outsider: Client, alpha: Cast, bravo: Cast, send: Post
) -> None:
    send(make_points(1, aircraft="SECRET-1"))
    assert "SECRET-1" not in outsider.get(bravo.home + LIST).content.decode()
    theirs = f"{bravo.home}{LIST}{kept(alpha)[0].pk}/change/"
    assert outsider.get(theirs).status_code != 200


def test_old_records_are_forgotten(alpha: Cast, send: Post) -> None:
    send(make_points(2), **{"Idempotency-Key": "old"})
    send(make_points(2), **{"Idempotency-Key": "new"})
    long_ago = timezone.now() - timedelta(days=31)
    with tenant_context(alpha.organization):
        old = QuarantinedPoint.objects.order_by("pk")[:2].values("pk")
        QuarantinedPoint.objects.filter(pk__in=old).update(received_at=long_ago)
        digest = IngestReceipt.objects.order_by("created_at").values("pk")[:1]
        yesterday = timezone.now() - timedelta(hours=25)
        IngestReceipt.objects.filter(pk__in=digest).update(created_at=yesterday)
    clear_ingest_record()
    with tenant_context(alpha.organization):
        assert (QuarantinedPoint.objects.count(), IngestReceipt.objects.count()) == (2, 1)


def test_clock_starts_the_forgetting() -> None:
    from config.celery import app

    app.loader.import_default_modules()
    tasks = {str(each["task"]) for each in SCHEDULE.values()}
    assert clear_ingest_record.name in tasks & set(app.tasks)


@pytest.fixture
def full_storage(alpha: Cast, send: Post) -> Iterator[Callable[[], None]]:
    """Takes Alpha's storage away."""

    def fill() -> None:
        with platform_context():
            own = Organization.objects.filter(pk=alpha.organization.pk)
            own.update(storage_quota_bytes=1_000)
        with tenant_context(alpha.organization):
            cache.delete(STANDING)

    return fill


def test_full_storage_is_told(alpha: Cast, send: Post, full_storage: Callable[[], None]) -> None:
    points = make_points(5, aircraft=alpha.aircraft.registration)
    assert send(points).status_code == 200
    full_storage()
    response = send(make_points(9, aircraft=alpha.aircraft.registration))
    assert (response.status_code, response.json()["code"]) == (413, "quota_exceeded")
    assert "administrator" in response.json()["title"]
    assert stored_rows(alpha) == 5


def test_answer_given_before_is_given_when_storage_is_full(
    alpha: Cast, send: Post, full_storage: Callable[[], None]
) -> None:
    points = make_points(5, aircraft=alpha.aircraft.registration)
    first = send(points, **{"Idempotency-Key": "k"})
    full_storage()
    assert send(points, **{"Idempotency-Key": "k"}).content == first.content


def test_storage_is_measured_once_a_minute(
    alpha: Cast, send: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(make_points(1, aircraft=alpha.aircraft.registration))
    monkeypatch.setattr("aviation.flights.storage._TABLES", "no statement at all")
    assert send(make_points(2, aircraft=alpha.aircraft.registration)).status_code == 200
