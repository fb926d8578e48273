"""The page of a streamed flight: alive while it lasts, complete when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.models import FlightSession
from aviation.telemetry.models import StreamedFlight
from aviation.telemetry.streaming.ending import MOST_ATTEMPTS
from aviation.telemetry.streaming.finishing import finish_stream
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.streaming.build import flown, points, silent_for, streamed
from tests.telemetry.streaming.test_finishing import QUIET

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def stream(alpha: Cast) -> StreamedFlight:
    with tenant_context(alpha.organization):
        return streamed(alpha, points(flown(), timezone.now() - timedelta(seconds=130)))


def paths(cast: Cast, stream: StreamedFlight) -> tuple[str, str]:
    page = f"{cast.home}flights/{stream.pk}/"
    return page, f"{page}stream/"


def end(cast: Cast, stream: StreamedFlight) -> None:
    with tenant_context(cast.organization):
        silent_for(stream, QUIET, now=timezone.now())
        assert finish_stream(flight_id=stream.pk, at=timezone.now())


def test_flight_in_progress_shows_what_is_there(
    alpha: Cast, viewer: Client, stream: StreamedFlight
) -> None:
    page, part = paths(alpha, stream)
    shown = viewer.get(page).content.decode()
    assert "In progress" in shown
    assert "Charts, replay and report follow when the flight ends." in shown
    assert f'hx-get="{part}"' in shown
    assert f"<dd>{stream.point_count:,}</dd>" in shown
    assert f"{stream.latitude:.6f}, {stream.longitude:.6f}" in shown
    assert f"<dd>{round(stream.yaw_deg or 0) % 360}°</dd>" in shown
    assert "data-chart-url" not in shown


def test_part_asks_for_itself_again_while_the_flight_lasts(
    alpha: Cast, viewer: Client, stream: StreamedFlight
) -> None:
    response = viewer.get(paths(alpha, stream)[1], **HTMX)
    assert 'hx-trigger="every' in response.content.decode()
    assert "HX-Refresh" not in response.headers


def test_part_reloads_the_page_when_the_charts_are_there(
    alpha: Cast, viewer: Client, stream: StreamedFlight
) -> None:
    end(alpha, stream)
    response = viewer.get(paths(alpha, stream)[1], **HTMX)
    assert response.headers["HX-Refresh"] == "true"


def test_finished_flight_has_charts_report_quality_and_its_points(
    alpha: Cast, viewer: Client, stream: StreamedFlight
) -> None:
    end(alpha, stream)
    page = paths(alpha, stream)[0]
    shown = viewer.get(page).content.decode()
    assert f'data-chart-url="{page}charts/"' in shown
    assert viewer.get(f"{page}charts/").status_code == 200
    assert 'data-testid="quality"' in shown
    assert "sent point by point" in shown
    assert "Written by analysis engine" in shown


def test_ended_flight_says_that_charts_are_being_made(
    alpha: Cast, viewer: Client, stream: StreamedFlight
) -> None:
    with tenant_context(alpha.organization):
        FlightSession.objects.update(state="completed", ended_at=timezone.now())
    assert (
        "Charts and report are being made" in viewer.get(paths(alpha, stream)[0]).content.decode()
    )


def test_flight_that_cannot_be_finished_says_so_and_stops_asking(
    alpha: Cast, viewer: Client, stream: StreamedFlight
) -> None:
    with tenant_context(alpha.organization):
        FlightSession.objects.update(state="completed", ended_at=timezone.now())
        StreamedFlight.objects.update(finish_attempts=MOST_ATTEMPTS)
    shown = viewer.get(paths(alpha, stream)[0]).content.decode()
    assert "could not be made" in shown
    assert "hx-trigger" not in shown.split('id="flight-stream"')[1].split(">")[0]


def test_part_opened_in_a_browser_leads_to_the_page(
    alpha: Cast, viewer: Client, stream: StreamedFlight
) -> None:
    page, part = paths(alpha, stream)
    assert viewer.get(part).headers["Location"].endswith(page)


def test_outsider_sees_neither(alpha: Cast, outsider: Client, stream: StreamedFlight) -> None:
    for path in paths(alpha, stream):
        assert outsider.get(path, **HTMX).status_code == 404


def test_pilot_does_not_see_another_pilots_stream(
    alpha: Cast, stream: StreamedFlight, sign_in: Callable[[Membership], Client]
) -> None:
    pilot = sign_in(alpha.members[Role.PILOT])
    for path in paths(alpha, stream):
        assert pilot.get(path, **HTMX).status_code == 404
