"""Bodies made to hurt are refused quickly and without much memory."""

from __future__ import annotations

import json

import pytest

from tests.isolation.processes import run_python

MOST_CPU_MS, MOST_MB = 200, 50
PARTLY_READ = {
    "nested in a point",
    "nested line",
    "5,000 digits of a line",
    "1 M keys of a line",
    "40 MB of control characters",
}
"""What costs one point or none is an answer of its own, not a refusal."""


@pytest.fixture(scope="module")
def weighed(django_db_modify_db_settings: None) -> dict[str, tuple[str, int, float]]:
    finished = run_python("-m", "tests.telemetry.ingest.weighing")
    assert finished.returncode == 0, finished.stderr
    return {name: tuple(rest) for name, *rest in map(json.loads, finished.stdout.splitlines())}


def test_every_hostile_body_is_refused(weighed: dict[str, tuple[str, int, float]]) -> None:
    """I7: 400 or 413; where only a line or point is hostile, it alone is refused."""
    outcomes = {name: outcome for name, (outcome, _, _) in weighed.items()}
    assert len(outcomes) > 20
    refused = {name for name, outcome in outcomes.items() if outcome in ("400", "413")}
    assert outcomes.keys() - refused == PARTLY_READ
    assert outcomes["1 M keys of a line"] == "read, 1 of 1 refused"


def test_hostile_bodies_cost_little_time(weighed: dict[str, tuple[str, int, float]]) -> None:
    """I7: the processor's time, so that a busy machine does not matter."""
    slow = {name: cpu_ms for name, (_, cpu_ms, _) in weighed.items() if cpu_ms > MOST_CPU_MS}
    assert slow == {}


def test_hostile_bodies_cost_little_memory(weighed: dict[str, tuple[str, int, float]]) -> None:
    """I7: by how much the peak of the process grows."""
    large = {name: grown for name, (_, _, grown) in weighed.items() if grown > MOST_MB}
    assert large == {}
