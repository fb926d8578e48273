"""Moving months out of the table: whole, once, and never past the reading back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError

from aviation.common.errors import Unavailable
from aviation.telemetry import partitions as partitions_upkeep
from aviation.telemetry.cold import upkeep, writing
from aviation.telemetry.cold.archiving import remove_strays
from aviation.telemetry.cold.bringing_back import bring_back
from aviation.telemetry.cold.content import UnsoundArchive
from aviation.telemetry.cold.planning import plan_months
from aviation.telemetry.cold.writing import write_flight
from aviation.telemetry.models import ColdFile
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.isolation.killed_commands import killed_commands
from tests.isolation.processes import url_of
from tests.telemetry.cold.build import (
    NOW,
    OLD,
    ROWS,
    archive_all,
    bound,
    flown,
    partitions,
    rows_archived,
    rows_in_table,
)

KILL_POINTS = 10


def test_old_months_leave_and_new_ones_stay(fresh_organization: Cast) -> None:
    flown(fresh_organization, seed=1)
    flown(fresh_organization, seed=2, at=OLD + timedelta(days=1))
    flown(fresh_organization, seed=3, at=NOW - timedelta(days=3))
    (done,) = archive_all(fresh_organization)
    assert (done.rows, done.flights) == (2 * ROWS, 2)
    assert rows_in_table(fresh_organization) == ROWS
    assert rows_archived(fresh_organization) == 2 * ROWS
    assert "telemetry_point_y2026m03" not in partitions(fresh_organization)
    assert "telemetry_point_y2026m10" in partitions(fresh_organization)


def test_manifest_says_what_the_month_holds(fresh_organization: Cast) -> None:
    flight = flown(fresh_organization)
    archive_all(fresh_organization)
    folder = f"organizations/{fresh_organization.organization.id}/telemetry/2026-03"
    with default_storage.open(f"{folder}/manifest.json") as stored:
        manifest = json.loads(stored.read())
    assert manifest["rows"] == ROWS
    (file,) = manifest["files"]
    assert (file["flight"], file["rows"]) == (str(flight.pk), ROWS)
    assert default_storage.size(f"{folder}/{file['file']}") == file["bytes"]


def test_flight_over_a_month_end_has_a_file_for_each_month(fresh_organization: Cast) -> None:
    flown(fresh_organization, at=datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
    first, second = archive_all(fresh_organization)
    assert (first.month.month, first.rows, second.month.month, second.rows) == (3, 600, 4, 1_400)


def test_month_with_nothing_in_it_just_goes(fresh_organization: Cast) -> None:
    with bound(fresh_organization), connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_ensure_partition('2026-02-01')")
    (done,) = archive_all(fresh_organization)
    assert (done.rows, done.flights) == (0, 0)
    assert "telemetry_point_y2026m02" not in partitions(fresh_organization)


def test_month_is_old_only_when_its_last_day_is(fresh_organization: Cast) -> None:
    flown(fresh_organization)
    april = datetime(2026, 4, 1, tzinfo=UTC)
    with bound(fresh_organization):
        assert plan_months(older_than_days=90, at=april + timedelta(days=89, hours=23)) == []
        assert len(plan_months(older_than_days=90, at=april + timedelta(days=90))) == 1


def test_rows_that_no_file_holds_are_never_dropped(fresh_organization: Cast) -> None:
    """The database itself refuses: a row that came after its flight's file was written."""
    flight = flown(fresh_organization)
    with tenant_context(fresh_organization.organization):
        write_flight(flight.pk, OLD.date().replace(day=1), bytes_a_row=1)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO telemetry_point (session_id, timestamp) VALUES (%s, %s)",
                [flight.pk, OLD + timedelta(hours=1)],
            )
    with (
        pytest.raises(DatabaseError, match="1 flights of 2026-03-01 are not as their files say"),
        bound(fresh_organization),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT telemetry_drop_archived('2026-03-01')")
    assert rows_in_table(fresh_organization) == ROWS + 1
    assert rows_archived(fresh_organization) == 0


def test_storage_that_gives_back_something_else_keeps_the_rows(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    flown(fresh_organization)
    packed = writing.packed

    def cut_off(*args: Any, **options: Any) -> Any:
        content = packed(*args, **options)
        return _Lying(content)

    monkeypatch.setattr(writing, "packed", cut_off)
    monkeypatch.setattr(writing, "ContentFile", lambda content: writing_file(content[:-10]))
    with pytest.raises(UnsoundArchive):
        archive_all(fresh_organization)
    assert rows_in_table(fresh_organization) == ROWS
    with tenant_context(fresh_organization.organization):
        assert remove_strays() == []


class _Lying(bytes):
    """What was to be written; the storage keeps less."""


def writing_file(content: bytes) -> Any:
    from django.core.files.base import ContentFile

    return ContentFile(content)


def test_another_organization_cannot_drop_it(fresh_organization: Cast, alpha: Cast) -> None:
    flown(fresh_organization)
    schema = fresh_organization.organization.schema_name
    with (
        pytest.raises(DatabaseError, match="another organization is bound"),
        bound(alpha),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT {schema}.telemetry_drop_archived('2026-03-01')")
    assert rows_in_table(fresh_organization) == ROWS


def test_flight_comes_back_and_stays_for_its_days(fresh_organization: Cast) -> None:
    flight = flown(fresh_organization)
    archive_all(fresh_organization)
    with bound(fresh_organization):
        name = ColdFile.objects.get().file_name
        assert bring_back(flight, at=NOW, days=30) == ROWS
    assert (rows_in_table(fresh_organization), rows_archived(fresh_organization)) == (ROWS, 0)
    assert not default_storage.exists(name)
    with bound(fresh_organization):
        (held,) = plan_months(older_than_days=90, at=NOW + timedelta(days=29))
        (free,) = plan_months(older_than_days=90, at=NOW + timedelta(days=31))
    assert (held.is_held, free.is_held) == (True, False)


def test_deleted_flight_takes_its_files_along(fresh_organization: Cast) -> None:
    flight = flown(fresh_organization)
    archive_all(fresh_organization)
    with bound(fresh_organization):
        name = ColdFile.objects.get().file_name
        flight.delete()
    assert not default_storage.exists(name)


def test_stray_files_are_removed_and_known_ones_kept(fresh_organization: Cast) -> None:
    flown(fresh_organization)
    archive_all(fresh_organization)
    from django.core.files.base import ContentFile

    folder = f"organizations/{fresh_organization.organization.id}/telemetry/2026-03"
    stray = default_storage.save(f"{folder}/stray.parquet", ContentFile(b"x"))
    with tenant_context(fresh_organization.organization):
        assert remove_strays() == [stray]
    with bound(fresh_organization):
        assert default_storage.exists(ColdFile.objects.get().file_name)


def test_killed_anywhere_rows_are_in_exactly_one_place(fresh_organization: Cast) -> None:
    """R20: SIGKILL before ten statements spread over the whole run; each time it is run again."""
    slug = fresh_organization.organization.slug
    archive = ("archive", f"--organization={slug}", "--older-than=90")
    for seed in range(3):
        flown(fresh_organization, seed=seed, rows=200, at=OLD + timedelta(hours=seed))
    with killed_commands() as commands:
        statements = commands.count(*archive)
        for number in range(KILL_POINTS):
            with bound(fresh_organization):
                for flight in {file.session for file in ColdFile.objects.filter(is_in_force=True)}:
                    bring_back(flight, at=NOW - timedelta(days=2), days=1)
            at = 1 + number * (statements - 1) // (KILL_POINTS - 1)
            commands.kill(at, *archive)
            in_table, archived = (
                rows_in_table(fresh_organization),
                rows_archived(fresh_organization),
            )
            assert in_table + archived == 600
            commands.count(*archive)
            in_table, archived = (
                rows_in_table(fresh_organization),
                rows_archived(fresh_organization),
            )
            assert (in_table, archived) == (0, 600)
            assert len(_files(fresh_organization)) == 3


def _files(cast: Cast) -> list[str]:
    folder = f"organizations/{cast.organization.id}/telemetry/2026-03"
    return [name for name in default_storage.listdir(folder)[1] if name.endswith(".parquet")]


def test_command_tells_its_plan_and_changes_nothing_on_a_dry_run(
    fresh_organization: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    flown(fresh_organization)
    call_command(
        "archive", organization=fresh_organization.organization.slug, older_than=90, dry_run=True
    )
    assert f"2026-03: 1 flights, {ROWS:,} rows" in capsys.readouterr().out
    assert rows_in_table(fresh_organization) == ROWS


def test_command_archives_and_says_how_much_smaller(
    fresh_organization: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    flown(fresh_organization)
    call_command("archive", organization=fresh_organization.organization.slug, older_than=90)
    assert "times smaller" in capsys.readouterr().out
    assert rows_in_table(fresh_organization) == 0


def test_command_brings_a_flight_back(
    fresh_organization: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    flight = flown(fresh_organization)
    archive_all(fresh_organization)
    slug = fresh_organization.organization.slug
    call_command("archive", organization=slug, bring_back=str(flight.pk))
    assert f"{ROWS:,} rows are back in the table for 30 days" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Nothing of this flight is archived"):
        call_command("archive", organization=slug, bring_back=str(flight.pk))


def test_nightly_task_archives_by_each_organizations_limit(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "active_organizations", lambda: [fresh_organization.organization])
    flown(fresh_organization, at=datetime.now(tz=UTC) - timedelta(days=200))
    flown(fresh_organization, at=datetime.now(tz=UTC) - timedelta(days=1), seed=2)
    upkeep.archive_old()
    assert rows_archived(fresh_organization) == ROWS
    assert rows_in_table(fresh_organization) == ROWS


def test_month_that_stays_in_use_is_told_and_kept(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that never ends: the archive gives up in words, and both places agree."""
    flown(fresh_organization)
    monkeypatch.setattr(partitions_upkeep, "ATTEMPTS", 2)
    monkeypatch.setattr(partitions_upkeep, "FIRST_PAUSE_S", 0.01)
    with psycopg.connect(url_of(connections["owner"].settings_dict)) as reader:
        schema = fresh_organization.organization.schema_name
        reader.execute(f'LOCK TABLE "{schema}".telemetry_point_y2026m03 IN ACCESS SHARE MODE')
        with pytest.raises(Unavailable, match="March 2026 is in use"):
            archive_all(fresh_organization)
    assert (rows_in_table(fresh_organization), rows_archived(fresh_organization)) == (ROWS, 0)
