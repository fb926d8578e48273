"""SIGKILL in the middle of recycling, restoring and deleting: another run ends in one place."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from aviation.flights.models import FlightLog, FlightSession
from aviation.tenants.context import tenant_context
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.models import DeletionCertificate, RecycledBatch
from maintenance.retention.restoring import restore
from maintenance.retention.running import run_retention
from tests.conftest import Cast
from tests.isolation.killed_commands import Commands, killed_commands
from tests.maintenance.retention.world import (
    OLD,
    batches,
    bound,
    everything,
    files_of,
    flown,
    keep_for,
)

FLIGHTS = 3
KILLS = 3
DELETION_KILLS = 8
"""So many that some fall between the beginning of a deletion and its certificate."""


@pytest.fixture(scope="module")
def commands(django_db_setup: None) -> Iterator[Commands]:
    with killed_commands() as running:
        yield running


def retention(cast: Cast, *words: str) -> tuple[str, ...]:
    """The command for one organization."""
    return "retention", *words, f"--organization={cast.organization.slug}"


def restoring(cast: Cast, batch: uuid.UUID) -> tuple[str, ...]:
    return retention(cast, "restore", str(batch), "--days=0")


def run_again(cast: Cast) -> None:
    with tenant_context(cast.organization):
        assert run_retention(at=timezone.now()).failures == []


def in_tables(cast: Cast) -> int:
    with bound(cast):
        return FlightSession.objects.count()


def in_archive(cast: Cast) -> int:
    return sum(each.things for each in batches(cast) if each.state == BatchState.RECYCLED)


def back_again(cast: Cast) -> None:
    for batch in batches(cast):
        if batch.state == BatchState.RECYCLED:
            with tenant_context(cast.organization):
                restore(batch, at=timezone.now(), days=0)


def spread(statements: int, points: int) -> list[int]:
    return [1 + number * (statements - 1) // (points - 1) for number in range(points)]


@pytest.fixture
def flights(fresh_organization: Cast) -> Cast:
    for seed in range(FLIGHTS):
        flown(fresh_organization, seed=seed, at=OLD + timedelta(hours=seed))
    keep_for(fresh_organization, DataKind.FLIGHTS, 1_200)
    return fresh_organization


@pytest.mark.slow
def test_killed_while_recycling(flights: Cast, commands: Commands) -> None:
    """R20, for flights with logs, telemetry and analyses, at points spread over the run."""
    before, files = everything_archived(flights)
    statements = commands.count(*retention(flights, "apply"))
    back_again(flights)
    for at in spread(statements, 6):
        commands.kill(at, *retention(flights, "apply"))
        assert in_tables(flights) + in_archive(flights) == FLIGHTS
        run_again(flights)
        assert (in_tables(flights), in_archive(flights)) == (0, FLIGHTS)
        back_again(flights)
        assert everything(flights) == before
        assert files_of(flights) == files


@pytest.mark.slow
def test_killed_while_restoring(flights: Cast, commands: Commands) -> None:
    before, files = everything_archived(flights)
    run_again(flights)
    (batch,) = [each for each in batches(flights) if each.state == BatchState.RECYCLED]
    statements = commands.count(*restoring(flights, batch.pk))
    for at in spread(statements, KILLS):
        run_again(flights)
        (batch,) = [each for each in batches(flights) if each.state == BatchState.RECYCLED]
        commands.kill(at, *restoring(flights, batch.pk))
        keep_for(flights, DataKind.FLIGHTS, None)
        run_again(flights)
        back_again(flights)
        assert everything(flights) == before
        assert files_of(flights) == files
        keep_for(flights, DataKind.FLIGHTS, 1_200)


@pytest.mark.slow
def test_killed_while_a_part_comes_back(fresh_organization: Cast, commands: Commands) -> None:
    """A flight was deleted by hand: each log is there once, in its place or in the archive."""
    key, _ = cut_batch(fresh_organization, 0)
    statements = commands.count(*restoring(fresh_organization, key))
    for attempt, at in enumerate(spread(statements, KILLS + 2), start=1):
        key, logs = cut_batch(fresh_organization, attempt)
        commands.kill(at, *restoring(fresh_organization, key))
        keep_for(fresh_organization, DataKind.RAW_LOGS, None)
        run_again(fresh_organization)
        kept = [digest for digest in files_of(fresh_organization).values() if digest in logs]
        assert sorted(kept) == sorted(logs)
        assert all(each.state in ("recycled", "restored") for each in batches(fresh_organization))
        assert logs_in_tables(fresh_organization, logs) in (0, FLIGHTS - 1)


def cut_batch(cast: Cast, number: int) -> tuple[uuid.UUID, set[str]]:
    """A recycled month of logs, one flight of which is deleted; its id, and the logs' SHA-256."""
    at = OLD + timedelta(days=31 * number)
    flights = [
        flown(cast, seed=10 * number + seed, at=at + timedelta(hours=seed))
        for seed in range(FLIGHTS)
    ]
    keep_for(cast, DataKind.RAW_LOGS, 1_200)
    run_again(cast)
    with bound(cast):
        flights[0].delete()
    (batch,) = [each for each in batches(cast) if each.month == at.date().replace(day=1)]
    return batch.pk, {each["sha256"] for each in batch.files if each["former"]}


def logs_in_tables(cast: Cast, logs: set[str]) -> int:
    with bound(cast):
        return FlightLog.objects.filter(sha256__in=logs).count()


@pytest.mark.slow
def test_killed_while_deleting(flights: Cast, commands: Commands) -> None:
    """One certificate for each batch, whenever it was killed, and no file left."""
    statements = 0
    for number in range(DELETION_KILLS + 2):
        flown(flights, seed=10 + number)
        run_again(flights)
        with bound(flights):
            RecycledBatch.objects.filter(state=BatchState.RECYCLED).update(remove_after=OLD)
        if number < 2:  # the first removes what the fixture made as well
            statements = commands.count(*retention(flights, "apply"))
            continue
        commands.kill(spread(statements, DELETION_KILLS)[number - 2], *retention(flights, "apply"))
        run_again(flights)
        assert files_of(flights) == {}
        with bound(flights):
            mine = DeletionCertificate.objects.filter(organization_id=flights.organization.pk)
            assert mine.count() == len(batches(flights))
    assert {batch.state for batch in batches(flights)} == {BatchState.REMOVED}


def everything_archived(cast: Cast) -> tuple[object, object]:
    """The rows and files as they are once the telemetry lies in files."""
    run_again(cast)
    back_again(cast)
    return everything(cast), files_of(cast)
