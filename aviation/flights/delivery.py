"""Handing a raw log back."""

from __future__ import annotations

from django.http import FileResponse

from aviation.flights.models import FlightLog


def raw_log_response(log: FlightLog) -> FileResponse:
    """The file as it came, byte for byte: always a download, kept by no cache."""
    response = FileResponse(
        log.file.open("rb"),
        as_attachment=True,
        filename=log.file_name,
        content_type="application/octet-stream",
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
