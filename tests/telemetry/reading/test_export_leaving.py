"""Nobody who stops reading an export keeps a connection, a transaction or an organization."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from psycopg.pq import TransactionStatus

from aviation.flights.models import FlightSession
from aviation.telemetry.reading import export_batches
from aviation.telemetry.reading.export_batches import Wanted, csv_batches
from aviation.telemetry.reading.export_formats import ExportFile, encoded
from aviation.tenants.context import acting_user_id, bound_organization, tenant_context
from tests.conftest import Cast
from tests.telemetry.reading.build import BOOT, fly


@pytest.fixture
def wanted(
    fresh_organization: Cast, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Wanted]:
    """A flight of five batches, really committed: no test transaction stands about it."""
    monkeypatch.setattr(export_batches, "BATCH_ROWS", 100)
    cast = fresh_organization
    with django_db_blocker.unblock():
        with tenant_context(cast.organization), transaction.atomic():
            flight = fly(cast, {"time_s": np.arange(500.0), "roll_deg": np.arange(500.0) / 5})
        yield Wanted(
            flight, ("roll_deg",), (BOOT, BOOT + timedelta(hours=1)), cast.members["manager"]
        )


@pytest.mark.parametrize("kind", list(ExportFile))
def test_nothing_is_held_between_two_parts(wanted: Wanted, kind: ExportFile) -> None:
    parts = encoded(kind, wanted.flight, wanted.channels, csv_batches(wanted))
    next(parts)
    next(parts)
    assert bound_organization() is None
    assert acting_user_id() is None
    assert connection.connection.info.transaction_status == TransactionStatus.IDLE


@pytest.mark.parametrize("kind", list(ExportFile))
def test_client_that_goes_away_leaves_the_connection_free(wanted: Wanted, kind: ExportFile) -> None:
    parts = encoded(kind, wanted.flight, wanted.channels, csv_batches(wanted))
    next(parts)
    parts.close()  # type: ignore[attr-defined]
    assert connection.connection.info.transaction_status == TransactionStatus.IDLE
    with tenant_context(wanted.membership.organization), transaction.atomic():
        assert FlightSession.objects.filter(pk=wanted.flight.pk).exists()


def test_all_batches_arrive_outside_a_request(wanted: Wanted) -> None:
    lines = b"".join(csv_batches(wanted)).splitlines()
    assert len(lines) == 500
    assert lines[-1] == b"2026-05-04T09:38:19.000000Z,99.8"
