"""Somebody who sends telemetry: an organization of its own, its key, its flight."""

from __future__ import annotations

import http.client
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson


@dataclass(frozen=True)
class Line:
    """Where and as whom somebody sends."""

    host: str
    port: int
    key: str
    path: str

    def open(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=30)

    def send(self, connection: http.client.HTTPConnection, points: list[dict[str, Any]]) -> int:
        """One batch; answers the status, 0 when the line was closed."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", self.path, body=orjson.dumps(points), headers=headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next batch opens it anew
            return 0
        return answer.status


def open_line(address: str, started_at: datetime | None = None) -> Line:
    """A new organization with a key and a flight under way, since now unless told otherwise."""
    from django.db import transaction
    from django.utils import timezone

    from accounts.api_keys.services import create_api_key
    from accounts.services import add_member
    from aviation.fleet.models import Aircraft
    from aviation.flights.models import FlightSession
    from aviation.tenants.context import tenant_context
    from aviation.tenants.services import open_organization

    slug = f"line-{uuid.uuid4().hex[:8]}"
    organization = open_organization(slug=slug, name=slug)
    owner = add_member(
        organization=organization,
        email=f"owner@{slug}.example.org",
        role="manager",
        password=uuid.uuid4().hex,
    )
    with tenant_context(organization), transaction.atomic():
        key = create_api_key(owner=owner, name="bench", scopes=("write",), actor=owner)[1]
        aircraft = Aircraft.objects.create(registration="LINE", aircraft_type="multirotor")
        flight = FlightSession.objects.create(
            aircraft=aircraft, started_at=started_at or timezone.now(), state="in_progress"
        )
    place = urlsplit(address)
    path = f"/api/v1/flights/{flight.pk}/telemetry/"
    return Line(place.hostname or "", place.port or 0, str(key), path)


def make_point(at_us: int) -> dict[str, Any]:
    whole, part = divmod(at_us, 1_000_000)
    stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{part:06d}+00:00"
    return {"timestamp": stamp, "altitude_m": 100.0, "roll_deg": 1.5, "battery_voltage_v": 15.9}
