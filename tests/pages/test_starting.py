"""What a process loads before it does anything."""

from __future__ import annotations

from tests.isolation.processes import run_python

PROGRAM = """
import sys
import django
django.setup()
import config.urls, config.urls_organization
print(*sorted({"duckdb", "fontTools", "fpdf"} & set(sys.modules)))
"""


def test_only_who_draws_or_asks_for_archived_rows_loads_what_does_it() -> None:
    """They take a seventh of a command's start, and 35 MB of every web process."""
    run = run_python("-c", PROGRAM)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []
