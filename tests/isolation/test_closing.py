"""A closed organization goes with a grace period, a whole export, and without a trace."""

from __future__ import annotations

import gzip
import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections, transaction
from django.test import Client

from accounts.choices import Role
from aviation.common.errors import Conflict, NotFound
from aviation.fleet.models import Aircraft
from aviation.tenants import closing
from aviation.tenants.closing import (
    begin_closing,
    cancel_closing,
    due_organizations,
    finish_closing,
    plan_closing,
)
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.export import FinalExport
from aviation.tenants.inspection import find_faults
from aviation.tenants.lookup import find_organization
from aviation.tenants.models import Organization
from aviation.tenants.schemas import OWNER
from aviation.tenants.services import suspend_organization
from tests.conftest import Cast, make_cast
from tests.isolation.seeds import seed_flight

RAW = b"\x00raw log\xff" * 1_000


class Killed(BaseException):
    """What stands for SIGKILL: nothing catches it."""


@pytest.fixture
def cast(committing: None) -> Cast:
    """An organization with a flight and a raw log in storage."""
    cast = make_cast(f"close-{uuid.uuid4().hex[:12]}")
    seed_flight(cast)
    default_storage.save(f"organizations/{cast.organization.id}/logs/a.ulg", ContentFile(RAW))
    return cast


@pytest.fixture
def slug(cast: Cast) -> str:
    return cast.organization.slug


def finish(slug: str, folder: Path, **options: Any) -> FinalExport:
    return finish_closing(slug=slug, folder=folder, is_early=True, tell=lambda _: None, **options)


def what_is_left(organization: Organization) -> dict[str, int]:
    with (
        platform_context(),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        cursor.execute(
            "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = %s),"
            " (SELECT count(*) FROM tenants_organization WHERE id = %s),"
            " (SELECT count(*) FROM accounts_membership WHERE org_id = %s),"
            " (SELECT count(*) FROM tenants_schemastate WHERE schema_name = %s)",
            [organization.schema_name, organization.id, organization.id, organization.schema_name],
        )
        counts = cursor.fetchone()
    files = default_storage.exists(f"organizations/{organization.id}/logs/a.ulg")
    names = ("schemas", "organizations", "memberships", "states")
    return {**dict(zip(names, counts, strict=True)), "files": int(files)}


NOTHING = {"schemas": 0, "organizations": 0, "memberships": 0, "states": 0, "files": 0}


def lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_nobody_gets_in_from_the_first_moment(cast: Cast, slug: str) -> None:
    browser = Client()
    browser.force_login(cast.members[Role.ADMIN].user)
    assert browser.get(cast.home).status_code == 200
    begin_closing(slug=slug)
    assert browser.get(cast.home).status_code == 404


def test_data_stay_through_the_grace_period(cast: Cast, slug: str, tmp_path: Path) -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    closing_one = begin_closing(slug=slug, grace_days=10, at=at)
    assert closing_one.closes_at == at + timedelta(days=10)
    with pytest.raises(Conflict, match="grace until 2026-05-11"):
        finish_closing(slug=slug, folder=tmp_path, at=at + timedelta(days=9), tell=lambda _: None)
    assert what_is_left(cast.organization)["schemas"] == 1


def test_after_the_grace_period_it_is_due(slug: str, tmp_path: Path) -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    organization = begin_closing(slug=slug, grace_days=10, at=at)
    assert organization not in due_organizations(at=at + timedelta(days=9))
    assert organization in due_organizations(at=at + timedelta(days=10))
    finish_closing(slug=slug, folder=tmp_path, at=at + timedelta(days=10), tell=lambda _: None)
    assert what_is_left(organization) == NOTHING


@pytest.mark.parametrize("was_suspended", [False, True])
def test_cancelled_closing_leaves_it_as_it_was(cast: Cast, slug: str, was_suspended: bool) -> None:
    if was_suspended:
        suspend_organization(slug=slug)
    before = find_organization(slug).status
    begin_closing(slug=slug)
    cancel_closing(slug=slug)
    after = find_organization(slug)
    assert (after.status, after.closes_at) == (before, None)


def test_nothing_is_closed_twice(slug: str) -> None:
    begin_closing(slug=slug)
    with pytest.raises(Conflict, match="is closing"):
        begin_closing(slug=slug)


def test_plan_counts_rows_and_files(slug: str) -> None:
    plan = plan_closing(slug=slug)
    assert plan.rows["telemetry_point"] == 3
    assert plan.rows["flights_flightsession"] == 1
    assert (plan.file_count, plan.file_bytes) == (1, len(RAW))


def test_closed_organization_leaves_no_trace(
    cast: Cast, slug: str, standing: tuple[Cast, Cast], tmp_path: Path
) -> None:
    """Nothing of it in the database or in storage, and all of everybody else's."""
    finish(slug, tmp_path)
    assert what_is_left(cast.organization) == NOTHING
    with tenant_context(standing[0].organization), transaction.atomic():
        assert Aircraft.objects.count() == 1
    with (
        platform_context(),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        assert find_faults(cursor) == []


def test_export_holds_every_row_and_file(cast: Cast, slug: str, tmp_path: Path) -> None:
    plan = plan_closing(slug=slug)
    export = finish(slug, tmp_path)
    rows = {part.path: part.rows for part in export.parts()}
    for table, count in plan.rows.items():
        assert rows[f"tables/{table}.jsonl.gz"] == count
        assert len(lines(tmp_path / f"tables/{table}.jsonl.gz")) == count
    assert (tmp_path / "files/logs/a.ulg").read_bytes() == RAW
    people = lines(tmp_path / "shared/accounts_membership.jsonl.gz")
    assert {each["email"] for each in people} == {
        member.user.email for member in cast.members.values()
    }
    described = json.loads((tmp_path / "organization.json").read_text())
    assert described["slug"] == slug


def test_export_keeps_values_as_they_were(cast: Cast, slug: str, tmp_path: Path) -> None:
    """Also those that could upset a file of lines."""
    text = 'quote " backslash \\ newline \n tab \t bell \x07 umlaut ü \\. comma ,'
    with tenant_context(cast.organization), transaction.atomic():
        Aircraft.objects.update(name="odd", specifications={"text": text})
    finish(slug, tmp_path)
    (aircraft,) = lines(tmp_path / "tables/fleet_aircraft.jsonl.gz")
    assert aircraft["specifications"] == {"text": text}


def test_manifest_tells_the_truth(slug: str, tmp_path: Path) -> None:
    export = finish(slug, tmp_path)
    for part in export.parts():
        content = (tmp_path / part.path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (part.bytes, part.sha256)
    on_disk = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert on_disk == {part.path for part in export.parts()} | {"manifest.json"}


STEPS = [
    ("aviation.tenants.closing._seal", 0),
    *(("aviation.tenants.export.FinalExport._part", number) for number in range(0, 14, 3)),
    ("aviation.tenants.export.FinalExport._write_manifest", 0),
    ("aviation.tenants.export.FinalExport.verify", 0),
    ("aviation.tenants.closing._remove_files", 0),
    ("aviation.tenants.closing._remove_rows", 0),
    ("aviation.tenants.closing.drop_schema", 0),
]


@pytest.mark.parametrize(("step", "turn"), STEPS)
def test_killed_removal_goes_on(
    cast: Cast, slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, turn: int
) -> None:
    """Ended at any step, the same call finishes, and the export is as whole as ever."""
    with monkeypatch.context() as patch:
        die_at(patch, step, turn)
        with pytest.raises(Killed):
            finish(slug, tmp_path)
    export = finish(slug, tmp_path)
    export.verify()
    assert what_is_left(cast.organization) == NOTHING
    assert (tmp_path / "files/logs/a.ulg").read_bytes() == RAW
    assert len({part.path for part in export.parts()}) == len(export.parts())


def die_at(patch: pytest.MonkeyPatch, step: str, turn: int) -> None:
    from django.utils.module_loading import import_string

    module, _, name = step.rpartition(".")
    real, calls = getattr(import_string(module), name), [0]

    def one(*arguments: Any, **more: Any) -> Any:
        if calls[0] == turn:
            raise Killed
        calls[0] += 1
        return real(*arguments, **more)

    patch.setattr(import_string(module), name, one)


def test_parts_that_stand_are_not_written_again(
    slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        die_at(patch, "aviation.tenants.export.FinalExport._write_manifest", 0)
        with pytest.raises(Killed):
            finish(slug, tmp_path)
    before = {
        path: path.stat().st_mtime_ns
        for path in tmp_path.rglob("*.*")
        if path.is_file() and path.name != "parts.jsonl"
    }
    assert len(before) > 10
    finish(slug, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_damaged_export_stops_the_removal(
    cast: Cast, slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One flipped bit, and nothing is removed."""
    with monkeypatch.context() as patch:
        die_at(patch, "aviation.tenants.closing._remove_files", 0)
        with pytest.raises(Killed):
            finish(slug, tmp_path)
    victim = tmp_path / "files/logs/a.ulg"
    content = bytearray(victim.read_bytes())
    content[100] ^= 1
    victim.write_bytes(content)
    with pytest.raises(Conflict, match="export is damaged"):
        finish(slug, tmp_path)
    left = what_is_left(cast.organization)
    assert (left["schemas"], left["files"]) == (1, 1)


def test_folder_of_another_organization_is_refused(cast: Cast, slug: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"organization": "other", "parts": []}))
    with pytest.raises(Conflict, match="another organization"):
        finish(slug, tmp_path)
    assert what_is_left(cast.organization)["schemas"] == 1


def test_application_is_shut_out_before_the_export(
    cast: Cast, slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work that was queued earlier can change nothing any more."""
    with monkeypatch.context() as patch:
        die_at(patch, "aviation.tenants.export.FinalExport._part", 0)
        with pytest.raises(Killed):
            finish(slug, tmp_path)
    with (
        tenant_context(cast.organization),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {cast.organization.schema_name}.fleet_aircraft SET name = 'late'")
    with pytest.raises(Conflict, match="closed, being removed"):
        cancel_closing(slug=slug)
    call_command("migrate", verbosity=0)  # must not open it again
    with (
        platform_context(),
        transaction.atomic(using=OWNER),
        connections[OWNER].cursor() as cursor,
    ):
        assert find_faults(cursor) == []


def test_export_waits_for_writers(
    cast: Cast, slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction still writing when the door closes: its rows are in the export, or it waits."""
    from django.db import OperationalError

    monkeypatch.setattr(closing, "WRITERS_PATIENCE_S", 0.05)
    with (
        tenant_context(cast.organization),
        transaction.atomic(),
    ):
        Aircraft.objects.update(name="being written")
        with pytest.raises(OperationalError, match="lock timeout"):
            finish_in_thread(slug, tmp_path)
    finish(slug, tmp_path)
    (aircraft,) = lines(tmp_path / "tables/fleet_aircraft.jsonl.gz")
    assert aircraft["name"] == "being written"


def finish_in_thread(slug: str, folder: Path) -> None:
    from tests.isolation.crowd import in_threads

    in_threads(1, lambda _: finish(slug, folder))


def run(*arguments: str, **options: Any) -> str:
    answer = StringIO()
    call_command("close_organization", *arguments, stdout=answer, **options)
    return answer.getvalue()


def test_command_shows_begins_and_cancels(slug: str) -> None:
    shown = run(slug, "--dry-run")
    assert "3 rows in telemetry_point" in shown
    assert find_organization(slug).status == "active"
    assert "is closing" in run(slug, "--grace-days=5")
    assert "active again" in run(slug, "--cancel")
    assert find_organization(slug).status == "active"


def test_command_removes_only_when_told_twice(cast: Cast, slug: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Add --yes"):
        run(slug, "--now")
    assert what_is_left(cast.organization)["schemas"] == 1
    assert "is closed" in run(slug, "--now", "--yes", export_to=tmp_path)
    assert what_is_left(cast.organization) == NOTHING
    assert (tmp_path / f"{slug}-{cast.organization.id}" / "manifest.json").exists()


def test_command_removes_all_that_are_due(cast: Cast, slug: str, tmp_path: Path) -> None:
    begin_closing(slug=slug, grace_days=0)
    run("--due", "--yes", export_to=tmp_path)
    assert what_is_left(cast.organization) == NOTHING


def test_command_refuses_while_grace_runs(slug: str) -> None:
    begin_closing(slug=slug)
    with pytest.raises(CommandError, match="grace until"):
        run(slug, "--yes")


@pytest.mark.parametrize("arguments", [[], ["some", "--due"]])
def test_command_wants_one_organization_or_all_due(committing: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="Name one organization"):
        run(*arguments)


def test_unknown_organization_is_told(committing: None) -> None:
    with pytest.raises(CommandError, match="no organization"):
        run("never-was")
    with pytest.raises(NotFound):
        plan_closing(slug="never-was")
