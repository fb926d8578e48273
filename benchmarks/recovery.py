"""One organization of twenty back to the second before its accident, while the others write on."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.report import Report

NAMES = ("recovery.organization", "recovery.others")
ORGANIZATIONS = int(os.environ.get("DBX_BENCH_ORGANIZATIONS", "20"))
POINTS = int(os.environ.get("DBX_BENCH_POINTS", "5000000"))
AS_COPYING = 4.0
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "max_wal_size": "4GB",
}


def run(report: Report) -> None:
    from tests.maintenance.recovery.installations import installation

    with installation(DURABLE, _folder_on_disk()) as place:
        victim, *others = _open()
        untouched = [_points(place, each) for each in others]
        place.cluster.take()
        with Writers(others) as writers:
            before = place.sums(victim.schema_name)
            moment = place.moment()
            writers.wait_for_one()
            _have_accident(victim)
            place.archive()
            plan_s, run_s = _recover(place, victim, moment)
        is_back = place.sums(victim.schema_name) == before
        now = [_points(place, each) for each in others]
        lost = writers.lost() + sum(a != b for a, b in zip(untouched, now, strict=True))
        copy_s, copied_bytes = _copy(place)
    _add(report, plan_s, run_s, copy_s, copied_bytes, is_back=is_back)
    report.add(
        name="recovery.others",
        value=float(lost),
        unit="rows",
        against=f"{writers.count} written by {len(others)} organizations meanwhile",
        ratio=None,
        goal="none of them lost, no row of theirs changed",
        holds=lost == 0,
    )


def _folder_on_disk() -> Path:
    """As installations lie on one: in memory cp has nothing to wait for."""
    folder = Path(tempfile.mkdtemp(prefix="dbxb."))
    folder.chmod(0o711)
    return folder


def _add(
    report: Report,
    plan_s: float,
    run_s: float,
    copy_s: float,
    copied_bytes: int,
    *,
    is_back: bool,
) -> None:
    total_s = plan_s + run_s
    report.add(
        name="recovery.organization",
        value=total_s,
        unit="s",
        against=f"cp of the same {copied_bytes / 1e6:,.0f} MB in {copy_s:.1f} s;"
        f" plan {plan_s:.1f} s, run {run_s:.1f} s; {'all' if is_back else 'NOT ALL'} rows back",
        ratio=total_s / copy_s,
        goal=f"at most {AS_COPYING:.0f} times cp, all rows back",
        holds=is_back and total_s <= AS_COPYING * copy_s,
    )


def _open() -> list[Any]:
    """Organizations with points."""
    from aviation.tenants.services import open_organization
    from tests.maintenance.recovery.installations import fly

    made = []
    for number in range(ORGANIZATIONS):
        organization = open_organization(slug=f"fleet-{number:02d}", name=f"Fleet {number}")
        fly(organization, POINTS // ORGANIZATIONS)
        made.append(organization)
    return made


def _points(place: Any, organization: Any) -> tuple[int, str]:
    """Number and digest."""
    sums: tuple[int, str] = place.sums(organization.schema_name)["telemetry_point"]
    return sums


def _have_accident(victim: Any) -> None:
    from tests.maintenance.recovery.installations import delete_all_flights

    delete_all_flights(victim)


def _recover(place: Any, victim: Any, moment: datetime) -> tuple[float, float]:
    """Seconds of planning, restore and all, and of running until the organization is back.

    Removing the copy comes after that.
    """
    from aviation.tenants.services import suspend_organization
    from maintenance.recovery.approving import approve
    from tests.maintenance.recovery.people import ask, staff

    author, second = staff("author"), staff("second")
    began = time.perf_counter()
    suspend_organization(slug=victim.slug)
    asked = place.runner.plan(ask(author, victim.slug, target_at=moment).pk)
    planned = time.perf_counter()
    approve(request_id=asked.pk, actor=second, plan_sha256=asked.plan_sha256, has_proved=True)
    approved_at = datetime.now(UTC)
    done = place.runner.run(asked.pk)
    return planned - began, (done.finished_at - approved_at).total_seconds()


def _copy(place: Any) -> tuple[float, int]:
    """Copy what a backup holds with cp and wait for the disk; seconds and bytes.

    WAL is not counted: how much of it lies in the folder is the server's affair. The server is
    ended first: while it runs, files go that cp has just seen.
    """
    data, target = Path(place.cluster.server.files.data), place.cluster.base / "copied"
    place.cluster.do("CHECKPOINT")
    place.cluster.server.stop(time.sleep)
    wanted = [each for each in data.iterdir() if each.name != "pg_wal"]
    size = sum(file.stat().st_size for each in wanted for file in _files(each))
    target.mkdir()
    began = time.perf_counter()
    subprocess.run(["cp", "-r", *map(str, wanted), str(target)], check=True)  # noqa: S607
    subprocess.run(["sync", "-f", str(target)], check=True)  # noqa: S607
    seconds = time.perf_counter() - began
    shutil.rmtree(target)
    return seconds, size


def _files(place: Path) -> list[Path]:
    return [each for each in [place, *place.rglob("*")] if each.is_file()]


@dataclass
class Writers:
    """The others at work: one row after the other, each noted once it was acknowledged."""

    organizations: list[Any]
    _made: list[tuple[Any, uuid.UUID]] = field(default_factory=list)
    _one: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Writers:
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def count(self) -> int:
        return len(self._made)

    def wait_for_one(self) -> None:
        self._one.wait()

    def lost(self) -> int:
        """How many of the acknowledged rows are not there."""
        from django.db import transaction

        from aviation.fleet.models import Aircraft
        from aviation.tenants.context import tenant_context

        found = 0
        for organization in self.organizations:
            mine = [key for each, key in self._made if each == organization]
            with tenant_context(organization), transaction.atomic():
                found += Aircraft.objects.filter(pk__in=mine).count()
        return self.count - found

    def _work(self) -> None:
        from django.db import connection, transaction

        from aviation.fleet.models import Aircraft
        from aviation.tenants.context import tenant_context

        while not self._over.is_set():
            organization = self.organizations[self.count % len(self.organizations)]
            with tenant_context(organization), transaction.atomic():
                aircraft = Aircraft.objects.create(registration=uuid.uuid4().hex[:20])
            self._made.append((organization, aircraft.pk))
            self._one.set()
            self._over.wait(0.02)
        connection.close()
