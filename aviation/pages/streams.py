"""What the page of a streamed flight shows beside what every flight's page does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from aviation.flights.models import FlightSession
from aviation.telemetry.cold.standing import archive_standing
from aviation.telemetry.models import FlightOverview, FlightQuality, StreamedFlight
from aviation.telemetry.streaming.stages import Stage, stage_of


def stream_context(flight: FlightSession, at: datetime) -> dict[str, Any]:
    """``stream`` and how far it has come; both empty for a flight that was not streamed."""
    stream = StreamedFlight.objects.filter(session=flight).first()
    if stream is None:
        return {"stream": None, "stage": ""}
    return {
        "stream": stream,
        "stage": str(stage_of(flight, stream)),
        "silent_s": max((at - stream.last_received_at).total_seconds(), 0.0),
        "sent_s": (stream.last_point_at - stream.first_point_at).total_seconds(),
    }


def is_unfinished(context: dict[str, Any]) -> bool:
    return context["stage"] not in ("", Stage.FINISHED)


def recording_context(flight: FlightSession) -> dict[str, Any]:
    """Where charts and measurements are, and how good the recording is."""
    has_charts = FlightOverview.objects.filter(session=flight).exists()
    quality = FlightQuality.objects.filter(session=flight).first()
    return {
        "chart_url": (
            reverse("flight-charts", kwargs={"flight_id": flight.pk}) if has_charts else ""
        ),
        "archive": archive_standing(flight),
        "quality": quality,
        "quality_parts": [
            part | {"label": part["name"].replace("_", " ").capitalize()}
            for part in (quality.parts if quality else ())
        ],
    }
