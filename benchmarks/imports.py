"""Importing a ULog to a ready page, against what pyulog alone needs to read it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pyulog import ULog

from benchmarks import world
from benchmarks.report import Report, alternate

NAMES = ("import.ulog", "import.ulog.memory")
TIMES_PYULOG = 5.0
MEMORY_MB = 300.0


def run(report: Report) -> None:
    logs = {"": world.four_megabyte_log(), ".flight": world.simulated_flight()}
    for suffix, path in logs.items():
        _time(report, f"import.ulog{suffix}", path)
    if report.wants("import.ulog.memory"):
        _memory(report, world.simulated_flight())


def _time(report: Report, name: str, path: Path) -> None:
    if not report.wants(name):
        return
    ours_s, bare_s = alternate(lambda: _import(path), lambda: ULog(str(path)))
    size_mb = path.stat().st_size / 1e6
    report.add(
        name=name,
        value=ours_s,
        unit="s",
        against=f"pyulog reading the same {size_mb:.1f} MB file, {bare_s:.2f} s",
        ratio=ours_s / bare_s,
        goal=f"ready page within {TIMES_PYULOG:.0f} times",
        holds=ours_s / bare_s <= TIMES_PYULOG,
    )


def _import(path: Path) -> None:
    """Receive and import, from raw bytes to a stored, analysed, drawable flight."""
    from aviation.telemetry.management.commands.import_logs import import_file
    from aviation.tenants.context import tenant_context

    aircraft = world.aircraft()
    with tenant_context(world.organization()):
        world.forget_logs()
        result = import_file(path, aircraft)
    if result.outcome != "imported":
        raise RuntimeError(f"{result.outcome}: {result.detail}")


def _memory(report: Report, path: Path) -> None:
    from aviation.tenants.context import tenant_context

    world.aircraft()
    with tenant_context(world.organization()):
        world.forget_logs()
    command = [sys.executable, "-m", "benchmarks.import_once", str(path)]
    done = subprocess.run(
        [*command, world.organization().slug], capture_output=True, text=True, check=True
    )
    peak_mb = float(done.stdout.strip().splitlines()[-1])
    report.add(
        name="import.ulog.memory",
        value=peak_mb,
        unit="MB",
        against=f"the limit of {MEMORY_MB:.0f} MB, whole process",
        ratio=peak_mb / MEMORY_MB,
        goal=f"peak under {MEMORY_MB:.0f} MB",
        holds=peak_mb < MEMORY_MB,
    )
