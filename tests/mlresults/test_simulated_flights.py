"""A simulated motor loss: the motor that was lost is blamed, and no other."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from aviation.mlresults.assess import assess
from aviation.telemetry.formats import read_log_bytes
from aviation.telemetry.phases import find_phases
from aviation.telemetry.simulation import Fault, FaultKind, FlightPlan, simulate
from tests.mlresults.records import findings_of


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_motor_loss_blames_one_motor_and_tells_it_first(seed: int) -> None:
    plan = FlightPlan(
        vehicle="multirotor",
        seed=seed,
        duration_s=120.0,
        start_at=datetime(2026, 5, 1, 9, tzinfo=UTC),
        home=(47.2, 8.1, 430.0),
        fault=Fault(FaultKind.MOTOR_LOSS, begins_s=60.0),
    )
    file = io.BytesIO()
    simulate(plan).write_ulog(file)
    record = read_log_bytes(file.getvalue())
    assessment = assess(record, phases=find_phases(record))
    (lost,) = findings_of(assessment, "motors.speed")
    assert assessment.report.headline.endswith(f"{lost.title}.")
