"""Points sent through PgBouncer land with the organization that sent them."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

from tests.conftest import make_cast
from tests.isolation.crowd import in_threads
from tests.isolation.pgbouncer import PgBouncer
from tests.telemetry.ingest.sending import (
    asked,
    flight_path,
    make_points,
    now,
    sender,
    start_flight,
)

BATCHES, THREADS, POINTS = 1_000, 4, 5


def test_batches_of_three_organizations_in_turn_land_where_they_belong(pooled: PgBouncer) -> None:
    """I15: 1,000 batches over 4 server connections; each point tells who sent it."""
    casts = [make_cast(f"pooled-{uuid.uuid4().hex[:12]}") for _ in range(3)]
    stations = [sender(cast) for cast in casts]
    flights = [[start_flight(cast) for _ in range(THREADS)] for cast in casts]
    start = now() - timedelta(minutes=30)

    def send(number: int) -> Counter[int]:
        statuses = Counter[int]()
        for turn in range(number, BATCHES, THREADS):
            which = turn % 3
            first = start + timedelta(seconds=turn)
            points = make_points(POINTS, start=first, height_m=float(which))
            path = flight_path(flights[which][number])
            statuses[stations[which](points, path=path).status_code] += 1
        return statuses

    assert sum(in_threads(THREADS, send), Counter()) == {200: BATCHES}
    for which, cast in enumerate(casts):
        sent = len(range(which, BATCHES, 3)) * POINTS
        rows = asked(cast, "SELECT height_m, count(*) FROM telemetry_point GROUP BY 1")
        assert rows == [(float(which), sent)]
    assert len(pooled.console("SHOW SERVERS")) <= 4
