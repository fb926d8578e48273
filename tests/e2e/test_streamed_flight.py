"""The page of a flight that is sent while it lasts becomes a whole flight's page by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from accounts.choices import Role
from aviation.flights.models import FlightSession
from aviation.telemetry.models import StreamedFlight
from aviation.telemetry.streaming.finishing import finish_stream
from aviation.tenants.context import tenant_context
from tests.e2e.conftest import OpenPage
from tests.e2e.crew import Crew
from tests.telemetry.streaming.build import flown, points, silent_for, streamed
from tests.telemetry.streaming.test_finishing import QUIET


@pytest.fixture
def stream(crew: Crew) -> Iterator[StreamedFlight]:
    """In progress: half of the flight has been sent. Gone afterwards from the live map."""
    table = points(flown(), timezone.now() - timedelta(seconds=60))
    with tenant_context(crew.cast.organization), transaction.atomic():
        stream = streamed(crew.cast, table.slice(0, table.num_rows // 2))
    yield stream
    with tenant_context(crew.cast.organization), transaction.atomic():
        FlightSession.objects.get(pk=stream.pk).delete()


def test_page_tells_of_the_flight_until_its_charts_are_there(
    crew: Crew, open_page: OpenPage, stream: StreamedFlight
) -> None:
    page = open_page(Role.READONLY)
    page.goto(f"{crew.home}flights/{stream.pk}/")
    told = page.get_by_test_id("flight-stream")
    expect(told).to_contain_text("In progress")
    expect(told).to_contain_text(f"{stream.point_count:,}")
    with tenant_context(crew.cast.organization), transaction.atomic():
        StreamedFlight.objects.filter(pk=stream.pk).update(point_count=12_345)
    expect(told).to_contain_text("12,345")
    with tenant_context(crew.cast.organization):
        with transaction.atomic():
            silent_for(stream, QUIET, now=timezone.now())
        assert finish_stream(flight_id=stream.pk, at=timezone.now())
    expect(page.get_by_test_id("quality")).to_be_visible()
    expect(page.locator("[data-flight].is-live")).to_be_visible()
    page.get_by_test_id("quality").locator("summary").press("Enter")
    expect(page.get_by_test_id("quality")).to_contain_text("Completeness")
