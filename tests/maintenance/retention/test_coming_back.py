"""Restoring beside others, from an archive that lost something, and into tables that changed."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from unittest.mock import Mock

import psycopg
import pytest
from django.core.files.storage import default_storage
from psycopg import sql

from aviation.common.errors import Conflict
from aviation.flights.deleting import delete_flight
from aviation.flights.models import FlightLog
from aviation.tenants.context import tenant_context
from maintenance.retention import restoring, tasks
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.files import UnsoundRecycling
from maintenance.retention.restoring import restore
from maintenance.retention.rows import Rows, insert_rows, is_back, read_rows
from maintenance.retention.running import PATIENCE_S, one_run_at_a_time
from tests.conftest import Cast
from tests.isolation.conftest import admin_dsn
from tests.maintenance.retention.world import (
    OLD,
    admin,
    batches,
    bound,
    flown,
    keep_for,
    later,
    run,
)


@pytest.mark.parametrize("is_in_part", [False, True])
def test_archive_that_lost_a_log_restores_nothing_and_lets_go(
    fresh_organization: Cast, is_in_part: bool
) -> None:
    """Told as damage, and the month lies in the archive as before: no run meets it half done."""
    flights = [
        flown(fresh_organization, seed=seed, at=OLD + timedelta(hours=seed)) for seed in range(2)
    ]
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    run(fresh_organization)
    (batch,) = batches(fresh_organization)
    lost = str(flights[0].pk)
    default_storage.delete(*[each["name"] for each in batch.files if each["flight"] == lost])
    if is_in_part:
        with bound(fresh_organization):
            flights[0].delete()
    with (
        pytest.raises(UnsoundRecycling, match="cannot be read"),
        tenant_context(fresh_organization.organization),
    ):
        restore(batch, at=later(1))
    assert [each.state for each in batches(fresh_organization)] == [BatchState.RECYCLED]
    assert run(fresh_organization, later(1)).failures == []
    with bound(fresh_organization):
        assert not FlightLog.objects.exists()


def test_columns_that_a_release_added_take_their_default(fresh_organization: Cast) -> None:
    """The product was brought up to date while a month lay in the recycle archive."""
    for seed in range(2):
        flown(fresh_organization, seed=seed, at=OLD + timedelta(hours=seed))
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    with bound(fresh_organization):
        before = list(FlightLog.objects.order_by("pk").values())
    run(fresh_organization)
    alter_logs(fresh_organization, "ADD COLUMN a float8 NOT NULL DEFAULT random()")
    with tenant_context(fresh_organization.organization):
        restore(batches(fresh_organization)[0], at=later(1))
    with bound(fresh_organization):
        assert list(FlightLog.objects.order_by("pk").values()) == before


def test_month_with_a_column_that_a_release_removed_stays_in_the_archive(
    fresh_organization: Cast,
) -> None:
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    alter_logs(fresh_organization, "ADD COLUMN given_up text")
    run(fresh_organization)
    alter_logs(fresh_organization, "DROP COLUMN given_up")
    with (
        pytest.raises(Conflict, match=r"cannot go back: column .given_up. of relation"),
        tenant_context(fresh_organization.organization),
    ):
        restore(batches(fresh_organization)[0], at=later(1))
    assert [each.state for each in batches(fresh_organization)] == [BatchState.RECYCLED]


def test_values_that_a_release_has_no_room_for_stay_in_the_archive(
    fresh_organization: Cast,
) -> None:
    """No run meets the month half done, or fails for it again."""
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    run(fresh_organization)
    alter_logs(fresh_organization, "ALTER COLUMN file_name TYPE varchar(2)")
    with (
        pytest.raises(Conflict, match="cannot go back: value too long"),
        tenant_context(fresh_organization.organization),
    ):
        restore(batches(fresh_organization)[0], at=later(1))
    assert [each.state for each in batches(fresh_organization)] == [BatchState.RECYCLED]
    assert run(fresh_organization, later(1)).failures == []


def alter_logs(cast: Cast, change: str) -> None:
    table = sql.Identifier(cast.organization.schema_name, "flights_flightlog")
    with psycopg.connect(admin_dsn()) as connection:
        connection.execute(sql.SQL(f"ALTER TABLE {{}} {change}").format(table))  # type: ignore[arg-type]


def test_column_without_a_default_in_the_table_takes_the_models(fresh_organization: Cast) -> None:
    """Migrations give a new column's default to the rows that are there, and then forget it."""
    rows = taken_logs(fresh_organization)
    (log,) = rows["flights_flightlog"]
    for name in (added := ("attempts", "import_report", "error_code", "imported_at")):
        del log[name]
    with bound(fresh_organization):
        insert_rows(rows, FlightLog)
        assert is_back(rows, FlightLog, [log["id"]])
        assert FlightLog.objects.values_list(*added).get() == (0, [], "", None)


def test_row_that_comes_back_otherwise_is_seen(fresh_organization: Cast) -> None:
    rows = taken_logs(fresh_organization)
    (log,) = rows["flights_flightlog"]
    with bound(fresh_organization):
        assert not is_back(rows, FlightLog, [log["id"]])
        insert_rows(rows, FlightLog)
        FlightLog.objects.update(file_name="another")
        assert not is_back(rows, FlightLog, [log["id"]])


def taken_logs(cast: Cast) -> Rows:
    """The rows of a flight's log, which are gone from their table."""
    flown(cast)
    with bound(cast):
        logs = FlightLog.objects.all()
        rows = read_rows(FlightLog, [str(logs.get().pk)])
        logs.delete()
    return rows


def test_month_asked_for_while_another_comes_back_waits_for_its_turn(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator chooses many, and there are two workers: neither stands waiting for it."""
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    run(fresh_organization)
    (batch,) = batches(fresh_organization)
    waited_s: list[float] = []

    def look_at_the_lock(patience_s: float = PATIENCE_S) -> AbstractContextManager[None]:
        waited_s.append(patience_s)
        if len(waited_s) == 3:
            others.close()
        return one_run_at_a_time(patience_s)

    monkeypatch.setattr(tasks, "one_run_at_a_time", look_at_the_lock)
    with ExitStack() as others, tenant_context(fresh_organization.organization):
        others.enter_context(one_run_at_a_time())
        asked = [str(fresh_organization.organization.pk), str(batch.pk)]
        tasks.restore_recycled.apply(args=asked)
    assert len(waited_s) == 3
    assert max(waited_s) < PATIENCE_S / 10
    assert [each.state for each in batches(fresh_organization)] == [BatchState.RESTORED]


def test_what_was_deleted_by_hand_before_a_killed_restoring_goes_on_stays_deleted(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed with the rows back and the archive's copy still there."""
    flight = flown(fresh_organization)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    run(fresh_organization)
    (batch,) = batches(fresh_organization)
    with monkeypatch.context() as killed, tenant_context(fresh_organization.organization):
        killed.setattr(restoring, "remove_copy", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restore(batch, at=later(1))
    with bound(fresh_organization):
        delete_flight(flight=flight, membership=admin(fresh_organization))
    assert run(fresh_organization, later(1)).failures == []
    (former,) = [each["former"] for each in batch.files if each["former"]]
    assert not default_storage.exists(former)
    assert [each.has_sources for each in batches(fresh_organization)] == [False]
