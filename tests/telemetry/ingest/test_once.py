"""Stored once, whoever sends it how often: over real commits, with threads."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from aviation.fleet.models import Aircraft
from aviation.telemetry.ingest import receipts, service
from aviation.telemetry.ingest.slots import Turns
from aviation.telemetry.models import IngestReceipt, StreamedFlight
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.isolation.crowd import in_threads
from tests.queries import noted
from tests.telemetry.ingest.months import BEFORE, in_month, month_before
from tests.telemetry.ingest.sending import (
    ARROW,
    JSON,
    NDJSON,
    Post,
    as_arrow,
    as_json,
    as_ndjson,
    asked,
    flight_path,
    make_points,
    now,
    sender,
    shuffled,
    start_flight,
    stored_rows,
)


@pytest.fixture
def station(fresh_organization: Cast) -> Post:
    return sender(fresh_organization)


@pytest.fixture
def many_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for all of a test's threads: here it is the database that they meet in."""
    monkeypatch.setattr("aviation.telemetry.ingest.slots.AT_ONCE", 16)
    monkeypatch.setattr("aviation.telemetry.ingest.slots.AT_ONCE_FOR_ONE", 16)
    monkeypatch.setattr("aviation.telemetry.ingest.api.turn", Turns(patience_s=60).turn)


def total(answers: list[dict[str, Any]], name: str) -> int:
    return sum(int(answer[name]) for answer in answers)


def test_batch_sent_five_times_at_once_is_stored_once(
    fresh_organization: Cast, station: Post, many_turns: None
) -> None:
    """I1: 10,000 points, five times in parallel, each time shuffled, by two formats."""
    flight = start_flight(fresh_organization)
    points = make_points(10_000)
    orders = [shuffled(points, seed) for seed in range(5)]
    bodies = [as_arrow(orders[0]), as_ndjson(orders[1]), *map(as_json, orders[2:])]
    kinds = [ARROW, NDJSON, JSON, JSON, JSON]

    def send(number: int) -> dict[str, Any]:
        response = station(bodies[number], kinds[number], path=flight_path(flight))
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer

    answers = in_threads(5, send)
    assert stored_rows(fresh_organization) == 10_000
    assert (total(answers, "accepted"), total(answers, "duplicate")) == (10_000, 40_000)
    assert [answer["sent"] for answer in answers] == [10_000] * 5
    ((count,),) = asked(fresh_organization, "SELECT point_count FROM telemetry_streamedflight")
    assert count == 10_000


def test_parts_that_overlap_are_stored_once(
    fresh_organization: Cast, station: Post, many_turns: None
) -> None:
    """Eight senders each bring two flights in opposite orders: nobody waits in a circle."""
    flights = [str(start_flight(fresh_organization).pk) for _ in range(2)]
    points = [make_points(500, flight=flight) for flight in flights]

    def send(number: int) -> int:
        first, second = points if number % 2 else points[::-1]
        part = slice(number * 40, number * 40 + 200)
        response = station(first[part] + second[part])
        assert response.status_code == 200, response.content
        return int(response.json()["accepted"])

    assert sum(in_threads(8, send)) == stored_rows(fresh_organization) == 2 * (7 * 40 + 200)


def test_aircraft_opens_one_flight_whoever_is_first(
    fresh_organization: Cast, station: Post, many_turns: None
) -> None:
    points = make_points(80, aircraft=fresh_organization.aircraft.registration)

    def send(number: int) -> str:
        response = station(points[number::8])
        assert response.status_code == 200, response.content
        (flight,) = response.json()["flights"]
        return str(flight)

    assert len(set(in_threads(8, send))) == 1
    assert stored_rows(fresh_organization) == 80


def partitions(cast: Cast) -> set[str]:
    query = "SELECT relid::regclass::text FROM pg_partition_tree('telemetry_point') WHERE isleaf"
    return {str(name) for (name,) in asked(cast, query)}


def test_month_without_partition_gets_exactly_one(
    fresh_organization: Cast, station: Post, many_turns: None
) -> None:
    """I3: 8 workers at once into a month nobody wrote to."""
    cast = fresh_organization
    start = in_month(month_before(now().date(), 6))
    flights = [start_flight(cast, started_at=start - BEFORE) for _ in range(8)]
    before = partitions(cast)

    def send(number: int) -> int:
        points = make_points(50, start=start)
        response = station(points, path=flight_path(flights[number]))
        assert response.status_code == 200, response.content
        return int(response.json()["accepted"])

    assert sum(in_threads(8, send)) == 400
    assert len(partitions(cast) - before) == 1
    assert stored_rows(cast) == 400


def test_aircraft_that_begin_a_month_together_all_get_in(
    fresh_organization: Cast, station: Post, many_turns: None
) -> None:
    """I3: each begins a flight, and all of them want the same partition."""
    cast = fresh_organization
    start = in_month(month_before(now().date(), 6))
    began = start - BEFORE
    flights = [start_flight(cast, aircraft=each, started_at=began) for each in make_fleet(cast, 8)]

    def send(number: int) -> int:
        response = station(make_points(50, start=start), path=flight_path(flights[number]))
        assert response.status_code == 200, response.content
        return int(response.json()["accepted"])

    assert sum(in_threads(8, send)) == stored_rows(cast) == 400


def make_fleet(cast: Cast, count: int) -> list[Aircraft]:
    with tenant_context(cast.organization), transaction.atomic():
        return [
            Aircraft.objects.create(registration=f"G-FLT{number}", aircraft_type="multirotor")
            for number in range(count)
        ]


def test_no_default_partition_exists(fresh_organization: Cast) -> None:
    """I4: nothing can fall into a partition that is no month's, in any organization."""
    rows = asked(
        fresh_organization,
        "SELECT oid::regclass::text FROM pg_class WHERE pg_get_expr(relpartbound, oid) = 'DEFAULT'",
    )
    assert rows == []
    parents = asked(fresh_organization, "SELECT partdefid FROM pg_partitioned_table")
    assert len(parents) > 0
    assert {int(default) for (default,) in parents} == {0}


def test_same_key_and_body_get_the_same_answer(fresh_organization: Cast, station: Post) -> None:
    """I6: the client died after the commit and sends again; nothing is stored anew."""
    points = make_points(20, aircraft=fresh_organization.aircraft.registration)
    points[3]["latitude"] = 91.0
    first = station(points, **{"Idempotency-Key": "batch 1"})
    again = station(points, **{"Idempotency-Key": "batch 1"})
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert first.json()["accepted"] == 19
    assert stored_rows(fresh_organization) == 19
    ((kept,),) = asked(fresh_organization, "SELECT count(*) FROM telemetry_quarantinedpoint")
    assert kept == 1


def test_other_body_or_address_with_the_key_is_refused(
    fresh_organization: Cast, station: Post
) -> None:
    """I6: 422; and a sender's key is nobody else's."""
    cast = fresh_organization
    flight, other = start_flight(cast), start_flight(cast)
    key = {"Idempotency-Key": "k"}
    points = make_points(3)
    assert station(points, path=flight_path(flight), **key).status_code == 200
    for response in (
        station(points[:2], path=flight_path(flight), **key),
        station(points, path=flight_path(other), **key),
    ):
        assert response.status_code == 422
        assert response.json()["code"] == "idempotency_key_reused"
    assert sender(cast, "manager")(points, path=flight_path(other), **key).status_code == 200
    assert stored_rows(cast) == 6


def test_key_being_worked_on_is_a_conflict(
    fresh_organization: Cast, station: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I6: 409 while the first is not done; once it is, its answer."""
    points = make_points(5, aircraft=fresh_organization.aircraft.registration)
    is_reading, may_go_on, real = threading.Event(), threading.Event(), service.settle
    first = itertools.count()

    def held_up(*args: Any, **kwargs: Any) -> Any:
        if next(first) == 0:
            is_reading.set()
            assert may_go_on.wait(30)
        return real(*args, **kwargs)

    monkeypatch.setattr(service, "settle", held_up)

    def send(number: int) -> Any:
        if number == 0:
            return station(points, **{"Idempotency-Key": "slow"})
        assert is_reading.wait(30)
        try:
            return station(points, **{"Idempotency-Key": "slow"})
        finally:
            may_go_on.set()

    done, conflict = in_threads(2, send)
    assert (done.status_code, conflict.status_code) == (200, 409)
    assert conflict.json()["code"] == "in_progress"
    assert station(points, **{"Idempotency-Key": "slow"}).content == done.content
    assert stored_rows(fresh_organization) == 5


def test_refused_batch_leaves_its_key_free(fresh_organization: Cast, station: Post) -> None:
    assert station(b"[", **{"Idempotency-Key": "k"}).status_code == 400
    with tenant_context(fresh_organization.organization), transaction.atomic():
        assert not IngestReceipt.objects.exists()
    assert station(b"[]", **{"Idempotency-Key": "k"}).status_code == 200


@pytest.mark.parametrize("key", ["x" * (receipts.LONGEST_KEY + 1), "a\x7fb"])
def test_odd_keys_are_refused(key: str, station: Post) -> None:
    assert station(b"[]", **{"Idempotency-Key": key}).status_code == 400


def test_flight_deleted_meanwhile_is_a_conflict(
    fresh_organization: Cast, station: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = start_flight(fresh_organization)
    station(make_points(3), path=flight_path(flight))
    real = service.write

    def after_a_deletion(*args: Any, **kwargs: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM telemetry_streamedflight")
            cursor.execute("DELETE FROM flights_flightsession WHERE id = %s", [flight.pk])
        return real(*args, **kwargs)

    monkeypatch.setattr(service, "write", after_a_deletion)
    response = station(make_points(9), path=flight_path(flight))
    assert (response.status_code, response.json()["code"]) == (409, "flight_gone")


def test_hundred_thousand_points_go_in_under_forced_row_security(
    fresh_organization: Cast, station: Post
) -> None:
    """I14: one batch by the staging path, as the application's own role."""
    cast = fresh_organization
    ((role, is_super, bypasses),) = asked(
        cast,
        "SELECT current_user::text, rolsuper, rolbypassrls FROM pg_roles "
        "WHERE rolname = current_user",
    )
    assert (role, is_super, bypasses) == ("dbx_app", False, False)
    forced = asked(
        cast,
        "SELECT bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class "
        "WHERE oid IN (SELECT relid FROM pg_partition_tree('telemetry_point'))",
    )
    assert forced == [(True,)]
    flight = start_flight(cast, started_at=now() - timedelta(hours=4))
    answer = station(as_arrow(make_points(100_000)), ARROW, path=flight_path(flight)).json()
    assert answer["accepted"] == 100_000
    assert stored_rows(cast) == 100_000
    with tenant_context(cast.organization), transaction.atomic():
        assert StreamedFlight.objects.get().point_count == 100_000


def test_whoever_is_sent_away_asks_the_database_nothing(
    fresh_organization: Cast, station: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting or refused, a batch holds no transaction and looks nothing up."""
    flight = start_flight(fresh_organization)
    assert station(make_points(1), path=flight_path(flight)).status_code == 200
    monkeypatch.setattr("aviation.telemetry.ingest.slots.AT_ONCE", 0)
    monkeypatch.setattr("aviation.telemetry.ingest.api.turn", Turns(patience_s=0).turn)
    # What a process remembers for a second or three is remembered anew: the first may take long.
    assert station(make_points(1), path=flight_path(flight)).status_code == 503
    with noted() as asked_meanwhile:
        response = station(make_points(1), path=flight_path(flight))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    # Django notes these two; psycopg sends BEGIN with the first statement only.
    assert set(asked_meanwhile) <= {"BEGIN", "ROLLBACK"}
