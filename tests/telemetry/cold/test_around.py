"""What else knows of archived flights: their page, and points that come after."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from aviation.flights.models import FlightSession
from aviation.telemetry.models import StreamedFlight
from aviation.telemetry.quality.rescoring import scorable_flights
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.cold.build import OLD, ROWS, archive_all, bound, browser, flown, rows_in_table


def streamed(cast: Cast) -> FlightSession:
    flight = flown(cast)
    last = OLD + timedelta(seconds=ROWS / 10)
    with bound(cast):
        StreamedFlight.objects.create(
            session=flight,
            aircraft=cast.aircraft,
            point_count=ROWS,
            finished_count=ROWS,
            first_point_at=OLD,
            last_point_at=last,
            last_received_at=last,
            closed_at=last,
        )
    return flight


def send(client: Client, flight: FlightSession) -> dict[str, object]:
    point = {"timestamp": (OLD + timedelta(seconds=5.05)).isoformat(), "roll_deg": 1.0}
    answer = client.post(
        f"/api/v1/flights/{flight.pk}/telemetry/", [point], content_type="application/json"
    )
    told: dict[str, object] = answer.json()
    return told


def test_page_says_where_the_measurements_are(fresh_organization: Cast) -> None:
    flight = flown(fresh_organization)
    page = f"{fresh_organization.home}flights/{flight.pk}/"
    client = browser(fresh_organization)
    assert "are archived since" not in client.get(page).content.decode()
    archive_all(fresh_organization)
    assert f"{ROWS:,} moments in 1 file" in client.get(page).content.decode()


def test_archived_flight_takes_no_more_points(fresh_organization: Cast) -> None:
    flight = streamed(fresh_organization)
    client = browser(fresh_organization)
    assert send(client, flight)["accepted"] == 1
    archive_all(fresh_organization)
    told = send(client, flight)
    assert told["accepted"] == 0
    assert [each["code"] for each in told["rejections"]] == ["archived"]  # type: ignore[attr-defined]
    assert rows_in_table(fresh_organization) == 0


def test_archived_flight_is_not_scored_anew_from_nothing(fresh_organization: Cast) -> None:
    flight = flown(fresh_organization)
    with tenant_context(fresh_organization.organization):
        assert scorable_flights() == [flight.pk]
    archive_all(fresh_organization)
    with tenant_context(fresh_organization.organization):
        assert scorable_flights() == []
