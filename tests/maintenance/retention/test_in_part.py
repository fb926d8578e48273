"""A batch of which not everything can go back: the rest stays in the recycle archive, told."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from aviation.common.errors import Conflict
from aviation.flights.models import FlightLog, FlightSession
from aviation.tenants.context import tenant_context
from maintenance.retention import restoring
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.due import SOURCES
from maintenance.retention.models import DeletionCertificate, RecycledBatch
from maintenance.retention.restoring import restore
from maintenance.retention.splitting import set_aside
from tests.conftest import Cast
from tests.maintenance.retention.world import (
    OLD,
    batches,
    bound,
    files_of,
    flown,
    keep_for,
    later,
    run,
)


@pytest.mark.parametrize("kind", [DataKind.RAW_LOGS, DataKind.ANALYSES])
def test_what_has_its_flight_goes_back_and_the_rest_stays_in_the_archive(
    fresh_organization: Cast, kind: DataKind, capsys: pytest.CaptureFixture[str]
) -> None:
    flights = [
        flown(fresh_organization, seed=seed, at=OLD + timedelta(hours=seed)) for seed in range(3)
    ]
    files = files_of(fresh_organization)
    keep_for(fresh_organization, kind, 1_200)
    assert run(fresh_organization).recycled == 3
    (before,) = batches(fresh_organization)
    with bound(fresh_organization):
        (lost,) = _own(before, flights[1])
        FlightSession.objects.filter(pk=flights[1].pk).delete()
    slug = fresh_organization.organization.slug
    call_command("retention", "restore", str(before.pk), organization=slug)
    told = capsys.readouterr().out
    batch, rest = sorted(batches(fresh_organization), key=lambda each: each.state, reverse=True)
    assert (batch.pk, batch.state, rest.state) == (before.pk, "restored", "recycled")
    assert (batch.things, rest.roots, rest.flight_ids) == (2, [lost], [flights[1].pk])
    assert (rest.remove_after, rest.has_sources) == (before.remove_after, False)
    assert sorted(batch.roots + rest.roots) == sorted(before.roots)
    formers = [each["former"] for part in (batch, rest) for each in part.files if each["former"]]
    assert sorted(formers) == sorted(each["former"] for each in before.files if each["former"])
    assert "2 things are back" in told
    assert f"1 stay in the recycle archive until 15 December 2026, as {rest.pk}" in told
    assert "its flight was deleted" in told
    _assert_files_are_in_one_place(fresh_organization, files, kind)
    with pytest.raises(CommandError, match="cannot go back: its flight was deleted"):
        call_command("retention", "restore", str(rest.pk), organization=slug)
    assert run(fresh_organization, later(29)).removed == 0
    assert run(fresh_organization, later(31)).removed == 1
    with bound(fresh_organization):
        assert DeletionCertificate.objects.get().document["things"] == 1


def _own(batch: RecycledBatch, flight: FlightSession) -> list[str]:
    """Keys of the batch's rows that tell of the flight, as its own file has them."""
    rows = json.loads(gzip.decompress((settings.MEDIA_ROOT / batch.files[0]["name"]).read_bytes()))
    things = rows[SOURCES[DataKind(batch.kind)].model._meta.db_table]
    return [str(each["id"]) for each in things if each["session_id"] == str(flight.pk)]


def _assert_files_are_in_one_place(cast: Cast, before: dict[str, str], kind: DataKind) -> None:
    """Two logs where they lay, the third only in the archive, with its rows; with analyses all
    three lay where they were all the time."""
    now = files_of(cast)
    archived = {name: digest for name, digest in now.items() if name.startswith("recycle/")}
    in_place = {name: digest for name, digest in now.items() if name not in archived}
    assert in_place.items() <= before.items()
    logs = [digest for name, digest in archived.items() if not name.endswith("rows.json.gz")]
    assert len(archived) == 1 + len(logs)
    if kind == DataKind.RAW_LOGS:
        assert sorted([*in_place.values(), *logs]) == sorted(before.values())
        assert len(logs) == 1
    else:
        assert (in_place, logs) == (before, [])


def test_rest_comes_back_once_its_flight_is_recovered(fresh_organization: Cast) -> None:
    """As an operator does from a backup: then nothing was lost."""
    flights = [
        flown(fresh_organization, seed=seed, at=OLD + timedelta(hours=seed)) for seed in range(2)
    ]
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    with bound(fresh_organization):
        logs = list(FlightLog.objects.order_by("pk").values())
    files = files_of(fresh_organization)
    run(fresh_organization)
    with bound(fresh_organization):
        lost = FlightSession.objects.filter(pk=flights[0].pk)
        (row,) = lost.values()
        lost.delete()
    with tenant_context(fresh_organization.organization):
        rest = restore(batches(fresh_organization)[0], at=later(1)).rest
        assert rest is not None
        with transaction.atomic():
            FlightSession(**row).save(force_insert=True)
        assert restore(rest, at=later(2)).left_out == ()
    with bound(fresh_organization):
        assert list(FlightLog.objects.order_by("pk").values()) == logs
    assert files_of(fresh_organization) == files


def test_what_waits_for_its_flight_says_so_and_comes_back_after_it(
    fresh_organization: Cast,
) -> None:
    """Logs fell due first, then their flights: nobody deleted those."""
    flown(fresh_organization)
    for kind in (DataKind.RAW_LOGS, DataKind.FLIGHTS):
        keep_for(fresh_organization, kind, 1_200)
        assert run(fresh_organization).failures == []
    of_kind = {each.kind: each for each in batches(fresh_organization)}
    logs, flights = of_kind[DataKind.RAW_LOGS], of_kind[DataKind.FLIGHTS]
    with tenant_context(fresh_organization.organization):
        with pytest.raises(Conflict, match="its flight lies in the recycle archive"):
            restore(logs, at=later(1))
        for batch in (flights, logs):
            assert restore(batch, at=later(1)).left_out == ()
    with bound(fresh_organization):
        assert (FlightSession.objects.count(), FlightLog.objects.count()) == (1, 1)


def test_flight_deleted_while_its_month_comes_back_changes_nothing(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it was looked which flights are there: the rows have nowhere to go, and all stays."""
    flights = [
        flown(fresh_organization, seed=seed, at=OLD + timedelta(hours=seed)) for seed in range(3)
    ]
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    run(fresh_organization)
    (before,) = batches(fresh_organization)
    with bound(fresh_organization):
        flights[0].delete()
    copied, second = set_aside, FlightSession.objects.filter(pk=flights[1].pk)

    def lose_another(*arguments: Any) -> RecycledBatch:
        with bound(fresh_organization):
            second.delete()
        return copied(*arguments)

    monkeypatch.setattr(restoring, "set_aside", lose_another)
    with (
        pytest.raises(Conflict, match="cannot go back"),
        tenant_context(fresh_organization.organization),
    ):
        restore(before, at=later(1))
    (after,) = batches(fresh_organization)
    assert (after.state, after.roots) == (BatchState.RECYCLED, before.roots)
    with bound(fresh_organization):
        assert not FlightLog.objects.exists()
    with tenant_context(fresh_organization.organization):
        assert restore(after, at=later(1)).batch.things == 1
