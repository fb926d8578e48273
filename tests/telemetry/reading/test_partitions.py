"""No reading opens a month that it does not need; asked of PostgreSQL's own plans."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Max, Min
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg import sql

from accounts.choices import Role
from aviation.flights.models import FlightSession
from aviation.telemetry.models import FlightOverview, TelemetryPoint
from aviation.telemetry.reading.export_batches import copy_sql
from aviation.telemetry.reading.nearby import nearby_sql
from aviation.telemetry.reading.places import Circle
from aviation.telemetry.reading.positions import positions_sql
from aviation.telemetry.reading.span import clipped, recorded_span
from aviation.telemetry.reading.statistics import statistics_sql
from aviation.telemetry.windows import _COUNT, _READ, read_window
from benchmarks.queries import QUESTIONS
from tests.conftest import Cast
from tests.telemetry.reading.build import fly, make_months, months_opened, stream
from tests.telemetry.test_importing import bring, simulated

MONTHS = ("2026-03", "2026-04", "2026-05", "2026-06", "2026-07")
MAY = datetime(2026, 5, 20, 10, tzinfo=UTC)
"""Within a month of April and June."""


@pytest.fixture
def flight(in_alpha: Cast) -> FlightSession:
    """Of one month, while its neighbours exist and hold rows of other flights."""
    make_months(*MONTHS)
    for at in (MAY - timedelta(days=30), MAY + timedelta(days=30)):
        fly(in_alpha, PLACE, boot_at=at)
    return fly(in_alpha, PLACE, boot_at=MAY)


PLACE = {
    "time_s": [0.0, 1.0],
    "latitude": [47.0, 47.1],
    "longitude": [8.0, 8.1],
    "roll_deg": [1.0, 2.0],
    "throttle_percentage": [5.0, 6.0],
}


def test_window_opens_the_flights_month_only(flight: FlightSession) -> None:
    span = recorded_span(flight)
    query = _READ.format(sql.SQL("roll_deg"))
    assert months_opened(query, [flight.boot_at, flight.pk, *span]) == {"y2026m05"}
    assert months_opened(_COUNT, [flight.pk, *span]) == {"y2026m05"}


def test_statistics_open_the_flights_month_only(flight: FlightSession) -> None:
    query = statistics_sql(["roll_deg", "throttle_percentage", "motor_rpm_1"])
    assert months_opened(query, [flight.pk, *recorded_span(flight)]) == {"y2026m05"}


def test_export_opens_the_flights_month_only(flight: FlightSession) -> None:
    """Asked of the query inside the COPY, which EXPLAIN does not take."""
    start, end = recorded_span(flight)
    with connection.cursor() as cursor:
        copied = copy_sql(["roll_deg"]).as_string(cursor.connection)
    inner = copied.removeprefix("COPY (").removesuffix(") TO STDOUT (FORMAT csv)")
    assert months_opened(inner, [flight.pk, start, end, 100]) == {"y2026m05"}


def test_flight_over_the_end_of_a_month_opens_both(in_alpha: Cast) -> None:
    make_months(*MONTHS)
    flight = fly(
        in_alpha,
        {"time_s": [0.0, 3_600.0], "roll_deg": [1.0, 2.0]},
        boot_at=datetime(2026, 5, 31, 23, 30, tzinfo=UTC),
    )
    query = statistics_sql(["roll_deg"])
    assert months_opened(query, [flight.pk, *recorded_span(flight)]) == {"y2026m05", "y2026m06"}
    part = clipped(recorded_span(flight), None, datetime(2026, 5, 31, 23, 59, tzinfo=UTC))
    assert months_opened(query, [flight.pk, *part]) == {"y2026m05"}


def test_flight_in_the_air_opens_the_months_of_its_stream(in_alpha: Cast) -> None:
    make_months(*MONTHS)
    flight = stream(in_alpha, PLACE, boot_at=MAY).session
    query = statistics_sql(["roll_deg"])
    assert months_opened(query, [flight.pk, *recorded_span(flight)]) == {"y2026m05"}


def test_points_that_follow_a_log_are_read_as_well(in_alpha: Cast) -> None:
    """A flight with a log and a stream reaches over both."""
    flight = fly(in_alpha, PLACE, boot_at=MAY)
    streamed = stream(in_alpha, PLACE, boot_at=MAY + timedelta(hours=2), closed_at=MAY)
    first, last = streamed.first_point_at, streamed.last_point_at
    streamed.delete()
    type(streamed).objects.create(
        session=flight,
        aircraft=flight.aircraft,
        first_point_at=first,
        last_point_at=last,
        last_received_at=last,
        closed_at=last,
    )
    span = recorded_span(flight)
    assert span == (MAY - timedelta(seconds=1), last)


def test_flight_with_unmeasured_charts_is_read_with_a_margin(in_alpha: Cast) -> None:
    flight = fly(in_alpha, PLACE, boot_at=MAY)
    FlightOverview.objects.update(first_point_at=None, last_point_at=None)
    window = read_window(flight=flight, channels=["roll_deg"], start=None, end=None, max_points=9)
    assert window.rows_total == 2


def test_unmeasured_charts_beside_a_stream_are_read_with_a_margin(in_alpha: Cast) -> None:
    """The stream's own moments say nothing of the log's."""
    streamed = stream(in_alpha, PLACE, boot_at=MAY)
    flight = streamed.session
    FlightOverview.objects.create(session=flight, payload=b"", etag="x", row_count=2)
    start, end = recorded_span(flight)
    assert start < MAY - timedelta(days=30)
    assert end > MAY + timedelta(days=30)


def test_import_notes_where_the_rows_lie(in_alpha: Cast) -> None:
    flight = bring(in_alpha, simulated()).session
    assert flight is not None
    start, end = recorded_span(flight)
    moments = TelemetryPoint.objects.filter(session=flight)
    found = moments.aggregate(first=Min("timestamp"), last=Max("timestamp"))
    assert timedelta(0) < found["first"] - start < timedelta(seconds=2)
    assert timedelta(0) < end - found["last"] < timedelta(seconds=2)


def test_nearby_opens_the_windows_months_only(flight: FlightSession, in_alpha: Cast) -> None:
    member = in_alpha.members[Role.PILOT]
    span = (datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 5, 30, tzinfo=UTC))
    for circle in (Circle(47, 8, 50_000), Circle(0, 180, 50_000), Circle(90, 0, 50_000)):
        text, values = nearby_sql(circle, span, member, limit=10)
        assert months_opened(text, values) == {"y2026m05"}


@pytest.mark.parametrize("role", [Role.READONLY, Role.PILOT])
def test_positions_read_no_month_but_the_last_logs(in_alpha: Cast, role: str) -> None:
    make_months(*MONTHS)
    pilot = in_alpha.members[Role.PILOT]
    for days in (-30, 0):
        fly(in_alpha, PLACE, boot_at=MAY + timedelta(days=days), pilot=pilot)
    text, values = positions_sql(in_alpha.members[role])
    assert months_opened(text, values, analyze=True) == {"y2026m05"}


def test_positions_of_streams_read_no_point_at_all(in_alpha: Cast) -> None:
    make_months(*MONTHS)
    fly(in_alpha, PLACE, boot_at=MAY)
    stream(in_alpha, PLACE, boot_at=timezone.now())
    text, values = positions_sql(in_alpha.members[Role.READONLY])
    assert months_opened(text, values, analyze=True) == set()


def test_flight_list_reads_no_telemetry(flight: FlightSession, in_alpha: Cast) -> None:
    """Each query that the API's list of flights makes, as it makes it."""
    client = Client()
    client.force_login(in_alpha.members[Role.READONLY].user)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/api/v1/flights/")
    assert (answer.status_code, len(answer.json()["results"])) == (200, 3)
    read = [
        each["sql"] for each in asked.captured_queries if "flights_flightsession" in each["sql"]
    ]
    assert read
    for text in read:
        assert months_opened(text.replace("%", "%%"), []) == set()


def test_one_hour_opens_the_hours_month_only(flight: FlightSession) -> None:
    """The benchmark's own query, over a stretch on either side of which months lie."""
    _, question = QUESTIONS["query.one_hour"]
    hour = (MAY, MAY + timedelta(hours=1))
    text = question.format(flight=flight.pk, start=hour[0], end=hour[1])
    assert months_opened(text, None) == {"y2026m05"}
    for days, month in ((-30, "y2026m04"), (30, "y2026m06")):
        start, end = (each + timedelta(days=days) for each in hour)
        text = question.format(flight=flight.pk, start=start, end=end)
        assert months_opened(text, None) == {month}


@pytest.mark.parametrize("name", ["query.flights", "query.aircraft", "query.analyses"])
def test_questions_about_no_points_read_none(flight: FlightSession, name: str) -> None:
    _, question = QUESTIONS[name]
    assert months_opened(question.format(flight=flight.pk), None) == set()


def test_places_are_found_by_their_index(in_alpha: Cast) -> None:
    """The planner can use it under row level security, as it could not use earthdistance's."""
    make_months("2026-05")
    fly(in_alpha, PLACE, boot_at=MAY)
    span = (datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 5, 30, tzinfo=UTC))
    text, values = nearby_sql(Circle(47, 8, 50_000), span, in_alpha.members["manager"], limit=9)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {text}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "telemetry_point_y2026m05_latitude_longitude_idx" in plan
