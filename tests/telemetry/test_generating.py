"""Made-up telemetry: as much as was asked for, and no more when asked again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from aviation.flights.models import FlightSession
from aviation.telemetry import generating
from aviation.telemetry.generating import generate_flights
from aviation.telemetry.models import TelemetryPoint
from tests.conftest import Cast

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def short_flights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "POINTS_EACH", 100)


def test_as_many_points_as_asked_for(in_alpha: Cast) -> None:
    assert list(generate_flights(points=250, until=UNTIL)) == [100, 200, 300]
    assert TelemetryPoint.objects.count() == 300
    assert FlightSession.objects.filter(ended_at__lt=UNTIL).count() == 3


def test_interrupted_it_goes_on_where_it_stopped(in_alpha: Cast) -> None:
    halfway = generate_flights(points=500, until=UNTIL)
    next(halfway)
    next(halfway)
    halfway.close()
    assert list(generate_flights(points=500, until=UNTIL)) == [300, 400, 500]
    assert list(generate_flights(points=500, until=UNTIL)) == []


def test_values_are_within_what_the_table_takes(in_alpha: Cast) -> None:
    list(generate_flights(points=100, until=UNTIL))
    point = TelemetryPoint.objects.order_by("timestamp").first()
    assert point is not None
    assert len(point.motor_rpm) == 4
    assert 46 < point.latitude < 48


def test_plan_makes_nothing(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("generate_telemetry", "--organizations", "2", "--points", "72000", "--dry-run")
    assert "2 organizations of 360 flights, 36,000 points each." in capsys.readouterr().out


def test_nothing_asked_for_is_refused(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("generate_telemetry", "--points", "0")
