"""A streamed flight that ended becomes a whole flight, once."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import numpy as np
import pyarrow as pa
import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.choices import Role
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.flights.services import complete_flight
from aviation.telemetry.ingest.runs import SILENCE
from aviation.telemetry.models import FlightOverview, FlightQuality, StreamedFlight
from aviation.telemetry.streaming.ending import MOST_ATTEMPTS, SETTLED, due_streams
from aviation.telemetry.streaming.finishing import finish_stream
from aviation.telemetry.tasks import close_silent_streams, finish_queued_stream
from tests.conftest import Cast
from tests.telemetry.streaming.build import flown, points, send, silent_for, streamed

QUIET = SILENCE + timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def stream(in_alpha: Cast, now: datetime) -> StreamedFlight:
    """A whole flight that was sent and is not over yet."""
    return streamed(in_alpha, points(flown(), now - timedelta(seconds=130)))


def finished(stream: StreamedFlight, now: datetime) -> FlightSession:
    silent_for(stream, QUIET, now=now)
    assert finish_stream(flight_id=stream.pk, at=now)
    return FlightSession.objects.get(pk=stream.pk)


def test_flight_that_is_still_sending_is_left_alone(stream: StreamedFlight, now: datetime) -> None:
    assert due_streams(now) == []
    assert not finish_stream(flight_id=stream.pk, at=now)
    assert FlightSession.objects.get().state == FlightState.IN_PROGRESS


def test_silent_flight_completes_at_its_last_point(stream: StreamedFlight, now: datetime) -> None:
    silent_for(stream, QUIET, now=now)
    assert due_streams(now) == [stream.pk]
    flight = finished(stream, now)
    assert flight.state == FlightState.COMPLETED
    assert flight.ended_at == StreamedFlight.objects.get().last_point_at
    assert StreamedFlight.objects.get().closed_at == now


def test_finished_flight_has_figures_analysis_charts_and_quality(
    stream: StreamedFlight, now: datetime
) -> None:
    flight = finished(stream, now)
    assert flight.has_flight
    assert flight.airborne_s == pytest.approx(100, abs=15)
    assert flight.distance_m is not None
    assert flight.distance_m > 50
    assert flight.analyses.get().is_active
    assert flight.quality.score > 80
    document = json.loads(gzip.decompress(bytes(flight.overview.payload)))
    names = {each["name"] for group in document["groups"] for each in group["channels"]}
    assert {"roll_deg", "height_m", "battery_voltage_v", "motor_rpm_1"} <= names
    assert len(document["track"]["latitude"]) > 10
    assert document["phases"]["flying"]


def test_stream_and_log_of_one_flight_lead_to_the_same_figures(
    stream: StreamedFlight, now: datetime
) -> None:
    flight = finished(stream, now)
    rows = flown()
    sent = np.asarray(rows["ground_speed_ms"].drop_null())
    assert flight.max_ground_speed_ms == pytest.approx(np.nanmax(sent), rel=1e-3)


def test_finishing_twice_makes_one_analysis(stream: StreamedFlight, now: datetime) -> None:
    """I16: a redelivered task finds its work done."""
    flight = finished(stream, now)
    before = flight.analyses.get().pk
    assert not finish_stream(flight_id=stream.pk, at=now)
    assert flight.analyses.get().pk == before


def test_redelivered_task_does_not_use_up_the_attempts(
    stream: StreamedFlight, now: datetime
) -> None:
    finished(stream, now)
    for _ in range(MOST_ATTEMPTS + 1):
        finish_stream(flight_id=stream.pk, at=now)
    assert StreamedFlight.objects.get().finish_attempts == 0


def test_late_points_are_taken_in_once_they_have_settled(in_alpha: Cast, now: datetime) -> None:
    table = points(flown(), now - timedelta(seconds=130))
    half = table.num_rows // 2
    stream = streamed(in_alpha, table.slice(half))
    flight = finished(stream, now)
    assert send(in_alpha, table.slice(0, half), flight=flight)["accepted"] == half
    assert due_streams(now) == []
    silent_for(stream, SETTLED + timedelta(seconds=1), now=now)
    assert due_streams(now) == [stream.pk]
    assert finish_stream(flight_id=stream.pk, at=now)
    assert FlightOverview.objects.get().row_count == table.num_rows
    assert flight.analyses.filter(is_active=True).count() == 1
    assert FlightQuality.objects.count() == 1
    assert due_streams(now + QUIET) == []


def test_flight_completed_by_hand_is_finished_without_waiting(
    in_alpha: Cast, stream: StreamedFlight, now: datetime
) -> None:
    complete_flight(flight=stream.session, membership=in_alpha.members[Role.MANAGER], at=now)
    assert due_streams(now) == [stream.pk]
    assert finish_stream(flight_id=stream.pk, at=now)
    flight = FlightSession.objects.get()
    assert (flight.ended_at, flight.analyses.count()) == (now, 1)


def test_completing_by_hand_queues_the_finishing(
    in_alpha: Cast,
    stream: StreamedFlight,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    sent: list[object] = []
    monkeypatch.setattr("aviation.telemetry.streaming.announcing.send_finish", sent.append)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        complete_flight(flight=stream.session, membership=in_alpha.members[Role.MANAGER])
    assert sent == [stream.pk]


def test_flight_without_stream_queues_nothing(
    in_alpha: Cast,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    sent: list[object] = []
    monkeypatch.setattr("aviation.telemetry.streaming.announcing.send_finish", sent.append)
    flight = FlightSession.objects.create(
        aircraft=in_alpha.aircraft, state=FlightState.IN_PROGRESS, started_at=now
    )
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        complete_flight(flight=flight, membership=in_alpha.members[Role.MANAGER])
    assert sent == []


def test_sweep_goes_on_after_a_flight_that_cannot_be_finished(
    in_alpha: Cast,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stream = streamed(in_alpha, points(flown(), now - timedelta(seconds=130)))
    silent_for(stream, QUIET, now=now)

    def fail(**_: object) -> None:
        raise RuntimeError("no charts today")

    monkeypatch.setattr("aviation.telemetry.streaming.finishing.conclude_flight", fail)
    for _ in range(MOST_ATTEMPTS + 2):
        close_silent_streams()
    stream.refresh_from_db()
    assert (stream.finish_attempts, stream.finished_count) == (MOST_ATTEMPTS, None)
    assert FlightSession.objects.get().state == FlightState.COMPLETED
    assert not FlightOverview.objects.exists()
    mine = [each for each in caplog.messages if str(stream.pk) in each]
    told = [each for each in mine if "finishing failed" in each]
    assert len(told) == MOST_ATTEMPTS
    assert "no charts today" in told[0]
    monkeypatch.undo()
    assert finish_stream(flight_id=stream.pk, at=now)  # no point was lost
    assert FlightOverview.objects.exists()


def test_command_finishes_what_had_failed_too_often(
    in_alpha: Cast, stream: StreamedFlight, now: datetime
) -> None:
    silent_for(stream, QUIET, now=now)
    StreamedFlight.objects.update(finish_attempts=MOST_ATTEMPTS)
    out = StringIO()
    arguments = {"organization": "alpha", "stdout": out, "stderr": StringIO()}
    call_command("finish_streams", **arguments)
    assert not FlightOverview.objects.exists()
    call_command("finish_streams", failed=True, dry_run=True, **arguments)
    assert f"would finish {stream.pk}" in out.getvalue()
    assert not FlightOverview.objects.exists()
    call_command("finish_streams", failed=True, **arguments)
    assert FlightOverview.objects.exists()
    assert StreamedFlight.objects.get().finish_attempts == 0


def test_points_that_were_refused_as_impossible_lower_the_quality(
    in_alpha: Cast, stream: StreamedFlight, now: datetime
) -> None:
    bad = points(flown(), now - timedelta(seconds=20)).slice(0, 30).select(["timestamp"])
    bad = bad.append_column("latitude", pa.repeat(pa.scalar(91.0), 30))
    assert send(in_alpha, bad, flight=stream.session)["rejected"] == 30
    flight = finished(stream, now)
    part = next(part for part in flight.quality.parts if part["name"] == "out_of_range")
    assert part["sentence"].startswith("30 of 1,031 points (2.91 %)")
    assert part["score"] < 40


def test_task_finishes_the_flight_of_the_named_organization(
    in_alpha: Cast, stream: StreamedFlight, now: datetime
) -> None:
    silent_for(stream, QUIET, now=now)
    finish_queued_stream(str(in_alpha.organization.pk), str(stream.pk))
    assert FlightOverview.objects.filter(session_id=stream.pk).exists()


def test_points_without_any_measurement_end_without_charts(in_alpha: Cast, now: datetime) -> None:
    bare = points(flown(), now - timedelta(seconds=130)).select(["timestamp"])
    flight = finished(streamed(in_alpha, bare), now)
    assert (flight.state, flight.analyses.count()) == (FlightState.COMPLETED, 0)
    assert due_streams(now) == []


def test_flight_sent_from_a_buffer_long_after_is_completed(in_alpha: Cast, now: datetime) -> None:
    begin = datetime(2026, 10, 30, 8, 0, tzinfo=UTC)
    flight = finished(streamed(in_alpha, points(flown(), begin)), now)
    assert flight.started_at == begin
    assert flight.ended_at is not None
    assert flight.ended_at - begin < timedelta(seconds=140)
