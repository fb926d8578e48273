"""``manage.py import_logs``: a folder of logs, told file by file."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightLog, FlightSession
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

TABLE = b"time_s,altitude_m\n" + b"".join(b"%d,%d\n" % (n, 100 + n) for n in range(60))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two logs, one of them in a subfolder, and a file that is none by its name."""
    (tmp_path / "june").mkdir()
    (tmp_path / "a.csv").write_bytes(TABLE)
    (tmp_path / "june" / "B.CSV").write_bytes(TABLE + b"60,160\n")
    (tmp_path / "notes.txt").write_text("not a log")
    return tmp_path


def run(path: Path, *arguments: str) -> str:
    answer = StringIO()
    call_command(
        "import_logs",
        str(path),
        "--organization=alpha",
        *arguments,
        stdout=answer,
        stderr=StringIO(),
    )
    return answer.getvalue()


def test_folder_is_imported_with_its_subfolders(alpha: Cast, folder: Path) -> None:
    assert run(folder) == "2 imported, 0 were there already, 0 failed.\n"
    with tenant_context(alpha.organization):
        assert set(FlightLog.objects.values_list("file_name", flat=True)) == {"a.csv", "B.CSV"}
        flown = set(FlightSession.objects.values_list("aircraft__registration", flat=True))
        assert flown == {"UNASSIGNED"}


def test_logs_go_to_the_named_aircraft(alpha: Cast, folder: Path) -> None:
    run(folder, "--aircraft=alpha-1")
    with tenant_context(alpha.organization):
        assert set(FlightSession.objects.values_list("aircraft", flat=True)) == {alpha.aircraft.pk}


def test_dry_run_lists_and_changes_nothing(alpha: Cast, folder: Path) -> None:
    lines = run(folder, "--dry-run").splitlines()
    assert lines == [f"would import {folder / 'a.csv'}", f"would import {folder / 'june/B.CSV'}"]
    with tenant_context(alpha.organization):
        assert not FlightLog.objects.exists()
        assert not Aircraft.objects.filter(registration="UNASSIGNED").exists()


def test_dry_run_answers_programs_in_json(alpha: Cast, folder: Path) -> None:
    told = json.loads(run(folder, "--dry-run", "--json"))
    assert told == [
        {"path": str(folder / name), "outcome": "would import", "detail": ""}
        for name in ("a.csv", "june/B.CSV")
    ]


@pytest.mark.parametrize(
    ("argument", "told"),
    [("--organization=nobody", "no active organization"), ("--aircraft=X-9", "no aircraft 'X-9'")],
)
def test_dry_run_refuses_what_the_run_would(
    argument: str, told: str, alpha: Cast, folder: Path
) -> None:
    with pytest.raises(CommandError, match=told):
        run(folder, "--dry-run", argument)


def test_second_run_counts_what_is_there(alpha: Cast, folder: Path) -> None:
    run(folder)
    assert run(folder) == "0 imported, 2 were there already, 0 failed.\n"
    with tenant_context(alpha.organization):
        assert FlightSession.objects.count() == 2


def test_single_file_is_read_whatever_its_name(alpha: Cast, tmp_path: Path) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes(TABLE)
    (told,) = json.loads(run(file, "--json"))
    with tenant_context(alpha.organization):
        flight = FlightSession.objects.get()
    assert told == {"path": str(file), "outcome": "imported", "detail": str(flight.pk)}


def test_failed_file_stops_no_other_and_sets_the_exit_code(alpha: Cast, folder: Path) -> None:
    (folder / "aa.bin").write_bytes(b"not a log at all")
    with pytest.raises(CommandError) as failure:
        run(folder)
    assert failure.value.returncode == 2
    with tenant_context(alpha.organization):
        assert FlightSession.objects.count() == 2
        assert FlightLog.objects.filter(state="failed").count() == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--organization=nosuch"], "no active organization"),
        (["--aircraft=nosuch"], "no aircraft"),
    ],
)
def test_unknown_name_is_told_before_anything_is_read(
    alpha: Cast, folder: Path, arguments: list[str], words: str
) -> None:
    with pytest.raises(CommandError, match=words) as failure:
        run(folder, *arguments)
    assert failure.value.returncode == 1
    with tenant_context(alpha.organization):
        assert not FlightLog.objects.exists()


def test_folder_without_logs_is_told(alpha: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No logs"):
        run(tmp_path)
