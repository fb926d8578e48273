"""``manage.py import_logs PATH --organization alpine [--aircraft D-EABC]``"""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import CommandError
from django.db import transaction

from aviation.common.commands import DomainCommand
from aviation.common.errors import DomainError, NotFound
from aviation.fleet.models import Aircraft
from aviation.flights.choices import LogState
from aviation.flights.logs import DuplicateLog, RecycledLog, keep_log
from aviation.telemetry.importing import import_log
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization

SUFFIXES = frozenset({".ulg", ".bin", ".csv", ".log"})
UNASSIGNED = "UNASSIGNED"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file: imported, duplicate, recycled or failed; in a dry run, would import.

    A recycled one was here and retention took it away. It is no failure: a second run would change
    nothing, an administrator who restores it does.
    """

    path: str
    outcome: str
    detail: str


class Command(DomainCommand):
    help = "Import flight logs from a file or a folder, its subfolders included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument(
            "--aircraft",
            metavar="REGISTRATION",
            help=f"whose logs they are; without it they go to the aircraft {UNASSIGNED}",
        )
        parser.add_argument("--dry-run", action="store_true", help="list what would be imported")
        parser.add_argument("--json", action="store_true", help="for programs")

    def run(self, **options: Any) -> None:
        paths = _files(options["path"])
        with tenant_context(_organization(options["organization"])):
            if options["dry_run"]:
                self._foretell(paths, options["aircraft"], as_json=options["json"])
                return
            aircraft = _aircraft(options["aircraft"])
            results = [
                self._one(path, aircraft, number, len(paths))
                for number, path in enumerate(paths, 1)
            ]
        self._summarize(results, as_json=options["json"])

    def _foretell(self, paths: list[Path], registration: str | None, *, as_json: bool) -> None:
        """What would be tried. Whether a file is readable only reading it tells."""
        if registration is not None:
            _registered(registration)
        if as_json:
            self._write_json([Result(str(path), "would import", "") for path in paths])
            return
        for path in paths:
            self.stdout.write(f"would import {path}")

    def _one(self, path: Path, aircraft: Aircraft, number: int, count: int) -> Result:
        self._show_progress(number - 1, count, path.name)
        result = import_file(path, aircraft)
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
        if result.outcome != "imported":
            self.stderr.write(f"{result.outcome}: {path}: {result.detail}")
        return result

    def _show_progress(self, done: int, count: int, name: str) -> None:
        if not self.stderr.isatty():
            self.stderr.write(f"[{done + 1}/{count}] {name}")
            return
        bar = "█" * (20 * done // count)
        self.stderr.write(f"\r\033[K[{bar:<20}] {done}/{count} {name}", ending="")
        self.stderr.flush()

    def _summarize(self, results: list[Result], *, as_json: bool) -> None:
        counts = Counter(result.outcome for result in results)
        if as_json:
            self._write_json(results)
        else:
            self.stdout.write(
                f"{counts['imported']} imported, {counts['duplicate']} were there already, "
                f"{_recycled(counts['recycled'])}{counts['failed']} failed."
            )
        if counts["failed"]:
            raise CommandError("Some files could not be imported; see above.", returncode=2)

    def _write_json(self, results: list[Result]) -> None:
        self.stdout.write(json.dumps([asdict(result) for result in results], indent=2))


def import_file(path: Path, aircraft: Aircraft) -> Result:
    """Keep and import one file for the bound organization."""
    try:
        with path.open("rb") as raw:
            log = keep_log(
                file=File(raw, name=path.name),
                file_name=path.name,
                aircraft=aircraft,
                uploaded_by=None,
            )
        imported = import_log(log_id=log.pk, task_id=f"command-{os.getpid()}")
    except DuplicateLog as error:
        return Result(str(path), "duplicate", error.message)
    except RecycledLog as error:
        return Result(str(path), "recycled", error.message)
    except (DomainError, OSError) as error:
        return Result(str(path), "failed", str(error))
    if imported is None or imported.state != LogState.IMPORTED:
        reason = imported.error_message if imported else "A worker took it over."
        return Result(str(path), "failed", reason)
    return Result(str(path), "imported", str(imported.session_id))


def _recycled(count: int) -> str:
    """Told where there are any: few have a policy that takes logs away."""
    return f"{count} in the recycle archive or deleted from it, " if count else ""


def _files(path: Path) -> list[Path]:
    """The file itself, whatever its name; in a folder everything that may be a log."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NotFound(f"There is no file or folder {path}.")
    found = sorted(_logs_below(path))
    if not found:
        raise NotFound(f"No logs ({', '.join(sorted(SUFFIXES))}) below {path}.")
    return found


def _logs_below(folder: Path) -> Iterator[Path]:
    return (
        each for each in folder.rglob("*") if each.is_file() and each.suffix.lower() in SUFFIXES
    )


def _organization(slug: str) -> Organization:
    with platform_context(), transaction.atomic():
        organization = Organization.objects.active().filter(slug=slug).first()
    if organization is None:
        raise NotFound(f"There is no active organization {slug!r}.")
    return organization


def _aircraft(registration: str | None) -> Aircraft:
    if registration is not None:
        return _registered(registration)
    with transaction.atomic():
        return Aircraft.objects.get_or_create(
            registration=UNASSIGNED, defaults={"name": "Logs without an aircraft"}
        )[0]


@transaction.atomic
def _registered(registration: str) -> Aircraft:
    aircraft = Aircraft.objects.filter(registration__iexact=registration).first()
    if aircraft is None:
        raise NotFound(f"There is no aircraft {registration!r} here. Add it in the admin first.")
    return aircraft
