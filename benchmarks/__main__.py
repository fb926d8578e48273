"""Run every benchmark whose name begins with ONLY, print one table, write var/bench.json."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from pathlib import Path

import benchmarks
from benchmarks.report import Report, heading

ROOT = Path(__file__).resolve().parents[1]
PLUMBING = frozenset(
    {
        "__main__",
        "bare_settings",
        "bare_urls",
        "explaining",
        "fleets",
        "import_once",
        "large_world",
        "lines",
        "load",
        "mix",
        "report",
        "row_by_row",
        "small_posts",
        "world",
    }
)


def main() -> int:
    """Every module with a ``NAMES`` prefix list and a ``run(report)``."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    from benchmarks.world import prepare

    prepare()
    report = Report()
    print(heading())
    for name in sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__)):
        if name in PLUMBING:
            continue
        module = importlib.import_module(f"benchmarks.{name}")
        if any(report.wants(prefix) for prefix in module.NAMES):
            module.run(report)
    report.write(ROOT / "var" / "bench.json")
    missed = [row.name for row in report.rows if not row.holds]
    verdict = f"missed: {', '.join(missed)}" if missed else "all hold"
    print(f"{len(report.rows)} measured; {verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
