"""A flight's telemetry as a download."""

from __future__ import annotations

import re

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from aviation.flights.models import FlightSession
from aviation.telemetry.reading.export_batches import Wanted, csv_batches
from aviation.telemetry.reading.export_formats import CONTENT_TYPES, ExportFile, encoded


def export_response(wanted: Wanted, kind: ExportFile) -> StreamingHttpResponse:
    """The rows as a file that is made while it is sent: memory holds one batch of it."""
    body = encoded(kind, wanted.flight, wanted.channels, csv_batches(wanted))
    response = StreamingHttpResponse(body, content_type=CONTENT_TYPES[kind])
    disposition = content_disposition_header(True, export_name(wanted.flight, kind))
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def export_name(flight: FlightSession, kind: ExportFile) -> str:
    """Aircraft and start, in letters that every file system takes."""
    aircraft = re.sub(r"[^A-Za-z0-9]+", "-", flight.aircraft.registration).strip("-") or "flight"
    return f"{aircraft}_{flight.started_at:%Y%m%dT%H%M%SZ}.{kind}"
