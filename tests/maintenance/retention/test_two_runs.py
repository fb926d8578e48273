"""What keeps two runs of an organization apart, and what stands when nothing did."""

from __future__ import annotations

import select
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import InternalError, connection

from aviation.common.errors import Conflict
from aviation.flights.models import FlightLog
from aviation.tenants.context import platform_context, tenant_context
from maintenance.retention import recycling, restoring
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.models import DeletionCertificate, RecycledBatch
from maintenance.retention.recycling import discard
from maintenance.retention.removing import finish_removing
from maintenance.retention.restoring import restore
from maintenance.retention.rows import Rows
from maintenance.retention.running import one_run_at_a_time
from maintenance.retention.splitting import set_aside
from tests.conftest import Cast
from tests.maintenance.retention.world import (
    OLD,
    batches,
    bound,
    flown,
    keep_for,
    later,
    run,
)


def test_copy_that_another_run_threw_away_takes_no_rows_along(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ended the connection with the lock of runs, so that there were two."""
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    copied = recycling._copy

    def and_throw_away(batch: RecycledBatch) -> Rows:
        rows = copied(batch)
        discard(RecycledBatch(pk=batch.pk, organization_id=batch.organization_id))
        return rows

    monkeypatch.setattr(recycling, "_copy", and_throw_away)
    outcome = run(fresh_organization)
    assert (outcome.recycled, len(outcome.failures)) == (0, 1)
    with bound(fresh_organization):
        assert FlightLog.objects.count() == 1
        assert default_storage.exists(FlightLog.objects.get().file.name)
    assert batches(fresh_organization) == []


def test_rest_that_another_run_threw_away_takes_no_rows_along(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    flights = [
        flown(fresh_organization, seed=seed, at=OLD + timedelta(hours=seed)) for seed in range(2)
    ]
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    run(fresh_organization)
    (before,) = batches(fresh_organization)
    with bound(fresh_organization):
        flights[0].delete()

    def and_throw_away(*arguments: Any) -> RecycledBatch:
        rest = set_aside(*arguments)
        discard(RecycledBatch(pk=rest.pk, organization_id=rest.organization_id))
        return rest

    monkeypatch.setattr(restoring, "set_aside", and_throw_away)
    with (
        pytest.raises(Conflict, match="threw the copy away"),
        tenant_context(fresh_organization.organization),
    ):
        restore(before, at=later(1))
    assert [(each.state, each.roots) for each in batches(fresh_organization)] == [
        (BatchState.RECYCLED, before.roots)
    ]


def test_server_that_ends_idle_transactions_does_not_end_the_lock_of_runs(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Archiving a month lasts longer than many servers let a transaction be idle."""
    impatient = {"options": "-c idle_in_transaction_session_timeout=300ms"}
    usual = connection.settings_dict["OPTIONS"]
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {**usual, **impatient})
    with tenant_context(fresh_organization.organization), one_run_at_a_time():
        await_the_end_of_an_idle_transaction()
        with pytest.raises(Conflict, match="Another run"), one_run_at_a_time(0.1):
            raise AssertionError


def await_the_end_of_an_idle_transaction() -> None:
    """One that begins now: whatever began before and may be ended has been ended then."""
    beside = connection.copy()
    try:
        beside.set_autocommit(False)
        with platform_context(), beside.cursor() as cursor:
            cursor.execute("SELECT 1")
        select.select([beside.connection.pgconn.socket], [], [], 30)
        with pytest.raises(InternalError), platform_context(), beside.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        beside.close()


def test_batch_that_another_run_deleted_meanwhile_has_one_certificate(
    fresh_organization: Cast,
) -> None:
    """Both found it half deleted."""
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    run(fresh_organization)
    with bound(fresh_organization):
        RecycledBatch.objects.update(state=BatchState.REMOVING)
    (batch,) = batches(fresh_organization)
    (same,) = batches(fresh_organization)
    with tenant_context(fresh_organization.organization):
        certificate = finish_removing(batch, later(31))
        assert finish_removing(same, later(32)) == certificate
    with bound(fresh_organization):
        assert DeletionCertificate.objects.get() == certificate


def test_what_could_not_be_finished_is_not_counted_as_finished(fresh_organization: Cast) -> None:
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    run(fresh_organization)
    (batch,) = batches(fresh_organization)
    default_storage.delete(batch.files[0]["name"])
    with bound(fresh_organization):
        RecycledBatch.objects.filter(pk=batch.pk).update(state=BatchState.RESTORING)
    outcome = run(fresh_organization)
    assert (outcome.finished, len(outcome.failures)) == (0, 1)
