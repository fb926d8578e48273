"""Months that went to the recycle archive under an older release, which had other tables."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings

from aviation.common.errors import Conflict
from aviation.flights.models import FlightLog, FlightSession
from aviation.tenants.context import tenant_context
from maintenance.retention import files
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.models import RecycledBatch
from maintenance.retention.restoring import restore
from maintenance.retention.rows import Rows, insert_rows, is_back, read_rows
from tests.conftest import Cast
from tests.maintenance.retention.world import OLD, batches, bound, flown, keep_for, later, run


def recycled_before(cast: Cast, kind: DataKind, change: Callable[[Rows], object]) -> RecycledBatch:
    """A recycled month, its rows as they were read before a release changed the tables."""
    keep_for(cast, kind, 1_200)
    run(cast)
    (batch,) = (each for each in batches(cast) if each.kind == kind)
    path = settings.MEDIA_ROOT / batch.files[0]["name"]
    rows = json.loads(gzip.decompress(path.read_bytes()))
    change(rows)
    text = json.dumps(rows).encode()
    path.write_bytes(files.packed(text))
    batch.files[0]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    batch.rows_sha256 = hashlib.sha256(text).hexdigest()
    with bound(cast):
        batch.save(update_fields=["files", "rows_sha256"])
    return batch


def without(rows: Rows, table: str, *columns: str) -> None:
    for row in rows[table]:
        for column in columns:
            del row[column]


@pytest.mark.parametrize("is_in_part", [False, True])
def test_reference_that_a_release_added_is_empty(
    fresh_organization: Cast, is_in_part: bool
) -> None:
    flights = [
        flown(fresh_organization, seed=seed, at=OLD + timedelta(hours=seed)) for seed in range(2)
    ]
    batch = recycled_before(
        fresh_organization,
        DataKind.RAW_LOGS,
        lambda rows: without(rows, "flights_flightlog", "uploaded_by_id"),
    )
    if is_in_part:
        with bound(fresh_organization):
            flights[0].delete()
    with tenant_context(fresh_organization.organization):
        restored = restore(batch, at=later(1))
    assert len(restored.left_out) == is_in_part
    with bound(fresh_organization):
        assert FlightLog.objects.filter(uploaded_by=None).count() == 2 - is_in_part


def test_rows_of_a_table_that_a_release_removed_stay_in_the_archive_with_the_rest(
    fresh_organization: Cast,
) -> None:
    flown(fresh_organization)
    batch = recycled_before(
        fresh_organization,
        DataKind.ANALYSES,
        lambda rows: rows.update(mlresults_given_up=rows["mlresults_finding"]),
    )
    with (
        pytest.raises(Conflict, match="cannot go back: this release has no mlresults_given_up"),
        tenant_context(fresh_organization.organization),
    ):
        restore(batch, at=later(1))
    assert [each.state for each in batches(fresh_organization)] == [BatchState.RECYCLED]


@pytest.mark.parametrize(
    ("table", "column"),
    [("mlresults_finding", "created_at"), ("telemetry_flightoverview", "payload")],
)
def test_column_that_a_release_added_has_the_models_value(
    fresh_organization: Cast, table: str, column: str
) -> None:
    """Of times that the model sets by itself, and of bytes, too."""
    flight = flown(fresh_organization)
    with bound(fresh_organization):
        rows = read_rows(FlightSession, [str(flight.pk)])
    without(rows, table, column)
    with bound(fresh_organization):
        FlightSession.objects.all().delete()
        insert_rows(rows, FlightSession)
        assert is_back(rows, FlightSession, [str(flight.pk)])
