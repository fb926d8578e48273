"""``manage.py backup`` on a real cluster: what it prints, records, and exits with."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from aviation.tenants.context import platform_context
from maintenance.backup import catalogue, drilling, taking
from maintenance.backup.choices import AlarmKind, BackupState
from maintenance.backup.dump_store import OWN
from maintenance.backup.models import Backup, BackupAlarm, BackupDrill, BackupPolicy
from maintenance.backup.settings_lines import PROJECT
from maintenance.backup.wal_store import all_stored
from tests.maintenance.backup.clusters import Cluster, forget, new_folder

pytestmark = [pytest.mark.slow, pytest.mark.django_db(databases=["default"])]


def call(*words: str) -> str:
    out = io.StringIO()
    call_command("backup", *words, stdout=out)
    return out.getvalue()


def ask(*words: str) -> Any:
    return json.loads(call(*words, "--json"))


def run(policy: str) -> str:
    (made,) = ask("run", policy)["made"]
    return str(made)


def states() -> dict[str, str]:
    with platform_context(), transaction.atomic():
        return dict(Backup.objects.values_list("id", "state"))


def open_alarms() -> list[str]:
    with platform_context(), transaction.atomic():
        return list(BackupAlarm.objects.open().values_list("kind", flat=True))


def test_four_policies_come_with_the_product(operator: Cluster) -> None:
    with platform_context(), transaction.atomic():
        found = {each.name: each for each in BackupPolicy.objects.all()}
    assert {
        name: (each.kind, each.every_hours, each.keep_days) for name, each in found.items()
    } == {
        "daily": ("full", 24, 30),
        "weekly": ("full", 168, 365),
        "hourly": ("incremental", 1, 7),
        "dumps": ("dump", 0, 90),
    }


def test_run_verify_and_list(operator: Cluster) -> None:
    forget(operator)  # verifying is slow, and the other tests leave a dozen
    full = run("daily")
    step = run("hourly" if operator.programs.can_increment else "daily")
    assert {states()[full], states()[step]} == {BackupState.COMPLETE}
    report = ask("verify", full, step)
    assert report["good"] is True
    assert states()[step] == BackupState.VERIFIED
    call("verify", "--new")
    assert ask("verify", "--new")["backups"] == []
    with platform_context(), transaction.atomic():
        Backup.objects.all().update(state=BackupState.RUNNING)
        Backup.objects.filter(pk=full).update(policy_name="lost")
    rebuilt = {row["id"]: row for row in ask("list", "--from-storage")}
    assert rebuilt[step]["state"] == "verified"
    assert rebuilt[full]["policy"] == "daily"
    assert full in call("list")


def test_a_dump_without_its_server_raises_an_alarm_whatever_killed_ones_left(
    operator: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with operator.store.writing(f"dumps/20260501T120000Z-dump-1a2b3c/{OWN}") as left:
        left.write(b"whatever")
    monkeypatch.setenv("DBX_BACKUP_URL", "host=/nonexistent")
    with pytest.raises(CommandError, match="does not answer"):
        call("dump", "--organization", "alpha")
    assert AlarmKind.BACKUP_FAILED in open_alarms()


def test_a_dry_run_changes_nothing(operator: Cluster) -> None:
    before = operator.store.names("")
    assert "full backup" in call("run", "weekly", "--dry-run")
    call("run", "--due", "--dry-run")
    call("expire", "--dry-run")
    assert operator.store.names("") == before


def test_what_is_due_is_taken_once(operator: Cluster) -> None:
    first = ask("run", "--due")["policies"]
    assert set(first) <= {"daily", "weekly", "hourly"}
    assert "weekly" in first
    assert ask("run", "--due")["policies"] == []


def test_a_bad_backup_fails_the_command_and_raises_an_alarm(
    operator: Cluster, tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    backup = run("daily")
    first = all_stored(operator.store)[-1]
    kept = tmp_path / "kept"
    shutil.move(operator.store.folder / first.object_name, kept)
    try:
        with pytest.raises(CommandError, match="Not everything is good"):
            call("verify", backup)
    finally:
        shutil.move(kept, operator.store.folder / first.object_name)
    assert states()[backup] == BackupState.FAILED
    assert AlarmKind.NOT_VERIFIED in open_alarms()
    assert any(record.levelname == "ERROR" for record in caplog.records)
    call("verify", backup)
    assert states()[backup] == BackupState.VERIFIED
    assert AlarmKind.NOT_VERIFIED not in open_alarms()


def test_expiry_prints_and_keeps_what_is_needed(operator: Cluster) -> None:
    run("daily")
    told = ask("expire")
    assert told["backups"] == []
    assert "is not verified" in told["kept_back"]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = new_folder()
    yield made
    shutil.rmtree(made)


def test_restore_says_what_it_does_first(operator: Cluster, folder: Path) -> None:
    backup = run("daily")
    data = folder / "data"
    assert ask("restore", str(data), "--backup", backup, "--dry-run")["done"] is False
    assert not data.exists()
    call("restore", str(data), "--backup", backup)
    assert (data / "recovery.signal").exists()
    with pytest.raises(CommandError, match="not empty"):
        call("restore", str(data))
    with pytest.raises(CommandError, match="such as"):
        call("restore", str(folder / "other"), "--time", "yesterday")


def test_a_drill_compares_the_restored_copy(operator: Cluster) -> None:
    """R5: rows of every table, the audit head and amcheck; recorded with duration and age."""
    operator.do(
        "CREATE SCHEMA IF NOT EXISTS org_a",
        "CREATE TABLE org_a.flights AS SELECT generate_series(1, 500) AS id",
        "CREATE TABLE public.audit_event AS SELECT generate_series(1, 20) AS id, now() AS at",
    )
    backup = run("daily")
    operator.do("DELETE FROM org_a.flights", "INSERT INTO public.audit_event VALUES (21, now())")
    operator.switch()
    result = ask("drill", backup)
    assert result["good"] is True
    assert result["tables_compared"] >= 2
    with platform_context(), transaction.atomic():
        drill = BackupDrill.objects.get(backup_id=backup)
    assert drill.duration_s > 0
    assert drill.data_age_s > 0


def test_a_drill_that_finds_something_else_fails_and_alarms(
    operator: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R5: the alarm is raised at once."""
    operator.do("CREATE TABLE IF NOT EXISTS counted AS SELECT 1 AS id")
    backup = run("daily")
    real = drilling.contents

    def one_less(connection: Any) -> Any:
        connection.execute("DELETE FROM counted")
        return real(connection)

    monkeypatch.setattr(drilling, "contents", one_less)
    with pytest.raises(CommandError, match="drill failed"):
        call("drill", backup)
    assert AlarmKind.DRILL in open_alarms()
    with platform_context(), transaction.atomic():
        problems = BackupDrill.objects.get(backup_id=backup).problems
    assert problems == ["public.counted has 0 rows instead of 1."]


def test_a_server_that_is_away_raises_the_alarm(
    operator: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBX_BACKUP_URL", "host=/nonexistent")
    with pytest.raises(CommandError, match="does not answer"):
        call("run", "daily")
    assert AlarmKind.BACKUP_FAILED in open_alarms()


def test_what_a_killed_backup_left_running_is_shown_as_interrupted(operator: Cluster) -> None:
    with platform_context(), transaction.atomic():
        policy = BackupPolicy.objects.get(name="daily")
    catalogue.note_begun("killed", policy, datetime(2026, 1, 1, tzinfo=UTC))
    assert states()["killed"] == BackupState.RUNNING
    made = run("daily")
    assert (states()["killed"], states()[made]) == (BackupState.FAILED, BackupState.COMPLETE)


def test_a_backup_that_fails_on_the_way_is_shown_as_failed(
    operator: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(taking, "seal", full_disk)
    with pytest.raises(CommandError, match="No space left"):
        call("run", "daily")
    assert BackupState.RUNNING not in states().values()
    assert BackupState.FAILED in states().values()


def test_storage_is_read_without_the_database(operator: Cluster) -> None:
    made = run("daily")
    gone = "postgresql://dbx_app:x@%2Fnonexistent/dbx"
    ended = subprocess.run(
        [sys.executable, "manage.py", "backup", "list", "--from-storage", "--json"],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": gone, "DBX_BACKUP_FOLDER": str(operator.store.folder)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert made in {row["id"] for row in json.loads(ended.stdout)}


def test_settings_hold_a_public_key_only(operator: Cluster) -> None:
    lines = call("settings")
    assert "archive_mode = 'on'" in lines
    assert str(operator.keys.current) in lines
    assert "SECRET" not in lines


def test_a_new_key_is_two_lines(operator: Cluster) -> None:
    secret, public = call("new-key").split()
    assert secret.startswith("AGE-SECRET-KEY-1")
    assert public.startswith("age1")


@pytest.mark.parametrize("words", [("run",), ("run", "daily", "--due"), ("run", "nobody")])
def test_a_policy_must_be_named(operator: Cluster, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call(*words)


def test_without_keys_nothing_is_done(operator: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBX_BACKUP_KEYS_FILE")
    with pytest.raises(CommandError, match="DBX_BACKUP_KEYS"):
        call("run", "daily")
