"""Sending a flight's stored chart document: compressed bytes from the table to the browser."""

from __future__ import annotations

import gzip

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers

from aviation.flights.models import FlightSession
from aviation.telemetry.models import FlightOverview


def overview_response(request: HttpRequest, flight: FlightSession) -> HttpResponse:
    """The flight's charts as JSON, 304 when the browser has them. Raises Http404 without."""
    etag = FlightOverview.objects.filter(session=flight).values_list("etag", flat=True).first()
    if etag is None:
        raise Http404("This flight has no charts.")
    quoted = f'"{etag}"'
    if quoted in request.headers.get("If-None-Match", ""):
        return _marked(HttpResponseNotModified(), quoted)
    payload = bytes(FlightOverview.objects.values_list("payload", flat=True).get(session=flight))
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return _marked(
            HttpResponse(gzip.decompress(payload), content_type="application/json"), quoted
        )
    response = HttpResponse(payload, content_type="application/json")
    response.headers["Content-Encoding"] = "gzip"
    return _marked(response, quoted)


def _marked(response: HttpResponse, etag: str) -> HttpResponse:
    """Private, and asked for again each time: access may end while the copy lives."""
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    return response
