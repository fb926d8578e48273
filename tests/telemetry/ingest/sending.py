"""What a sender of telemetry does: points, bodies of every format, and posting them."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import connection, transaction
from django.test import Client

from accounts.api_keys.services import create_api_key
from accounts.choices import Role
from aviation.flights.choices import FlightState
from aviation.flights.models import FlightSession
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

PATH = "/api/v1/telemetry/"
JSON, NDJSON = "application/json", "application/x-ndjson"
ARROW = "application/vnd.apache.arrow.stream"
Points = list[dict[str, Any]]
Post = Callable[..., Any]


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def make_points(count: int, *, start: datetime | None = None, **more: Any) -> Points:
    """That many points a tenth of a second apart, the last a moment ago."""
    first = start or now() - timedelta(seconds=count / 10 + 1)
    return [
        {
            "timestamp": (first + timedelta(milliseconds=100 * number)).isoformat(),
            "sequence": number,
            "altitude_m": 100.0 + number % 50,
            "roll_deg": float(number % 30),
            **more,
        }
        for number in range(count)
    ]


def as_json(points: Sequence[Any]) -> bytes:
    return json.dumps(points).encode()


def as_ndjson(points: Sequence[Any]) -> bytes:
    return b"\n".join(json.dumps(point).encode() for point in points)


def as_columns(points: Points) -> bytes:
    names = list(dict.fromkeys(name for point in points for name in point))
    columns = {name: [point.get(name) for point in points] for name in names}
    return json.dumps({"columns": columns}).encode()


def as_arrow(points: Points) -> bytes:
    names = list(dict.fromkeys(name for point in points for name in point))
    arrays = {name: _array(name, [point.get(name) for point in points]) for name in names}
    return stream_of(pa.table(arrays))


def _array(name: str, values: list[Any]) -> pa.Array:
    if name == "timestamp":
        moments = [None if each is None else datetime.fromisoformat(each) for each in values]
        return pa.array(moments, pa.timestamp("us", "UTC"))
    if name == "sequence":
        return pa.array(values, pa.int64())
    if name in ("flight", "aircraft"):
        return pa.array(values, pa.string())
    if name == "motor_rpm":
        return pa.array(values, pa.list_(pa.float64()))
    return pa.array(values, pa.float64())


def stream_of(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    chosen = pa.ipc.IpcWriteOptions(**options)
    with pa.ipc.new_stream(sink, table.schema, options=chosen) as writer:
        writer.write_table(table)
    return sink.getvalue()


BODIES: Mapping[str, tuple[str, Callable[[Points], bytes]]] = {
    "json": (JSON, as_json),
    "columns": (JSON, as_columns),
    "ndjson": (NDJSON, as_ndjson),
    "arrow": (ARROW, as_arrow),
}


def make_key(cast: Cast, role: str = Role.ADMIN) -> str:
    """An API key of a member's that may bring telemetry and nothing else."""
    owner = cast.members[role]
    with tenant_context(cast.organization), transaction.atomic():
        return create_api_key(
            owner=owner,
            name=f"sender {uuid.uuid4().hex}",
            scopes=("telemetry:write",),
            actor=None,
        )[1]


def sender(cast: Cast, role: str = Role.ADMIN) -> Post:
    """Posts as a program does; a list is sent as JSON."""
    key, client = make_key(cast, role), Client()

    def post(body: bytes | Points, kind: str = JSON, *, path: str = PATH, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else as_json(body)
        # Not post(), which would write the body anew in the charset that the type names.
        return client.generic(
            "POST",
            path,
            content,
            content_type=kind,
            headers={"Authorization": f"Bearer {key}", **headers},
        )

    return post


def flight_path(flight: FlightSession) -> str:
    return f"/api/v1/flights/{flight.pk}/telemetry/"


def start_flight(cast: Cast, **values: Any) -> FlightSession:
    """A flight in progress since an hour ago, unless told otherwise."""
    with tenant_context(cast.organization), transaction.atomic():
        return FlightSession.objects.create(
            **{
                "aircraft": cast.aircraft,
                "state": FlightState.IN_PROGRESS,
                "started_at": now() - timedelta(hours=1),
            }
            | values
        )


def asked(cast: Cast, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with tenant_context(cast.organization), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return list(cursor.fetchall())


def stored_rows(cast: Cast) -> int:
    return int(asked(cast, "SELECT count(*) FROM telemetry_point")[0][0])


def shuffled(points: Points, seed: int) -> Points:
    order = np.random.default_rng(seed).permutation(len(points))
    return [points[number] for number in order]
