"""The live map: where the fleet is now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.requests import in_organization
from accounts.roles import Action, Resource
from aviation.telemetry.live.positions import (
    LATELY,
    LOST_S,
    STALE_S,
    TRAIL,
    Reading,
    age_s,
    positions,
    trails,
)


@requires(Action.VIEW, Resource.TELEMETRY)
@require_safe
def live_map(request: HttpRequest) -> HttpResponse:
    """The map itself is drawn by the page's script; without it the table is all there is."""
    now = timezone.now()
    rows = positions(in_organization(request).membership, now).rows
    context = {
        "rows": [_with_age(row, now) for row in rows],
        "now": now,
        "stale_s": STALE_S,
        "lost_s": LOST_S,
        "trail_s": round(TRAIL.total_seconds()),
        "lately_minutes": round(LATELY.total_seconds() / 60),
    }
    return render(request, "live/live_map.html", context)


@requires(Action.VIEW, Resource.TELEMETRY)
@require_safe
def live_positions(request: HttpRequest) -> HttpResponse:
    """Asked every second by every open map; 304 while nothing moved."""
    now = timezone.now()
    reading = positions(in_organization(request).membership, now)
    return _answer(request, reading, {"now": now.timestamp(), "aircraft": reading.rows})


@requires(Action.VIEW, Resource.TELEMETRY)
@require_safe
def live_trails(request: HttpRequest) -> HttpResponse:
    """The way that each aircraft came, for a map that opens or was away."""
    reading = trails(in_organization(request).membership, timezone.now())
    return _answer(request, reading, {"trails": reading.rows})


def _answer(request: HttpRequest, reading: Reading, document: dict[str, Any]) -> HttpResponse:
    quoted = f'"{reading.etag}"'
    is_known = quoted in request.headers.get("If-None-Match", "")
    response = HttpResponseNotModified() if is_known else JsonResponse(document)
    response.headers["ETag"] = quoted
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie"])
    return response


def _with_age(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    seconds = age_s(row, now)
    return row | {
        "age": _ago(seconds),
        "is_stale": seconds >= STALE_S,
        "is_lost": seconds >= LOST_S,
    }


def _ago(seconds: float) -> str:
    """As the page's script says it (live_words.js)."""
    if seconds < 60:
        return f"{seconds:.0f} s ago"
    minutes = round(seconds / 60)
    return f"{minutes} min ago" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min ago"
