"""A database that hangs costs no acknowledged point and no thread for good."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.isolation.processes import run_python

PAUSE_S = 30
PROGRAM = f"""
import django
django.setup()
from tests.telemetry.ingest.pausing import main
main({PAUSE_S})
"""
MOST_MB, MOST_DRAIN_S = 256, 60
LONGEST_ANSWER_S = 12
"""Twice the silence after which a request gives up, and a busy machine's share."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = str(tmp_path_factory.mktemp("paused"))
    own_servers = ("-m", "embedded", "test", "--durable", "--")
    finished = run_python(*own_servers, "python", "-c", PROGRAM, DBX_VAR=folder)
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    print(found)
    return found


@pytest.mark.slow
def test_paused_database_loses_nothing_that_was_acknowledged(told: dict[str, Any]) -> None:
    """I8: stopped for 30 s while four devices send at 50 Hz."""
    assert told["lost"] == told["twice"] == [0, 0, 0, 0]
    assert min(told["acknowledged"]) > PAUSE_S * 50


@pytest.mark.slow
def test_paused_database_is_answered_for_with_come_again(told: dict[str, Any]) -> None:
    """I8: whoever waits is told to come again while the database is still stopped."""
    assert set(told["statuses"]) == {"200", "503"}
    assert told["unhurried"] == []
    assert told["longest_s"] < LONGEST_ANSWER_S


@pytest.mark.slow
def test_backlog_of_a_pause_is_soon_drained(told: dict[str, Any]) -> None:
    """I8."""
    assert told["drained_s"] <= MOST_DRAIN_S


@pytest.mark.slow
def test_paused_database_costs_little_memory(told: dict[str, Any]) -> None:
    """I8: the peak of the web process as a whole, not only its growth."""
    assert told["after_mb"] <= MOST_MB
