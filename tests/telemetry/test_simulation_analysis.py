"""Simulated flights through the real reader and the real analysis: healthy ones pass without a
finding, each fault is found in the right part, close to its true second."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from aviation.mlresults.assess import Assessment, assess
from aviation.mlresults.findings import Component, Finding, Severity
from aviation.telemetry.formats import read_log_bytes
from aviation.telemetry.phases import find_phases
from aviation.telemetry.record import Autopilot, ClockSource, FlightRecord, VehicleType
from aviation.telemetry.simulation import Fault, FaultKind, FlightPlan, SimulatedFlight, simulate
from aviation.telemetry.simulation.demo_fleet import DEMO_ORGANIZATIONS
from aviation.telemetry.simulation.plan import Vehicle

START = datetime(2025, 6, 1, 9, 30, tzinfo=UTC)
NOW = datetime(2025, 6, 30, 16, 0, tzinfo=UTC)
VEHICLES: tuple[Vehicle, ...] = ("multirotor", "fixed_wing")
both = pytest.mark.parametrize("vehicle", VEHICLES)
FOUND_IN = {
    FaultKind.MOTOR_LOSS: Component.MOTOR,
    FaultKind.VIBRATION_GROWTH: Component.VIBRATION,
    FaultKind.BATTERY_SAG: Component.BATTERY,
    FaultKind.GPS_LOSS: Component.GPS,
}
LATEST_S = 8.0
DEMO_PLANS = [
    pytest.param(plan, id=f"{organization.slug}-{plan.seed}")
    for organization in DEMO_ORGANIZATIONS
    for _, plan in organization.plans(NOW)
]


@cache
def flown(plan: FlightPlan) -> SimulatedFlight:
    return simulate(plan)


def plan(
    vehicle: Vehicle, seed: int, duration_s: float = 220, fault: Fault | None = None
) -> FlightPlan:
    return FlightPlan(vehicle, seed, duration_s, START, (46.47, 8.25, 1340.0), fault)


@cache
def record(flight_plan: FlightPlan) -> FlightRecord:
    file = io.BytesIO()
    flown(flight_plan).write_ulog(file)
    return read_log_bytes(file.getvalue())


def judged(read: FlightRecord) -> Assessment:
    return assess(read, phases=find_phases(read))


def findings(assessment: Assessment) -> list[Finding]:
    return [outcome for outcome in assessment.outcomes if isinstance(outcome, Finding)]


@both
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("duration_s", [160, 300, 900])
def test_healthy_flight_has_no_finding(vehicle: Vehicle, seed: int, duration_s: float) -> None:
    assessment = judged(record(plan(vehicle, seed, duration_s)))
    assert findings(assessment) == []
    assert assessment.risk is not None


@both
def test_healthy_table_has_no_finding(vehicle: Vehicle) -> None:
    file = io.BytesIO()
    flown(plan(vehicle, 1)).write_csv(file)
    assert findings(judged(read_log_bytes(file.getvalue()))) == []


@both
@pytest.mark.parametrize("kind", FaultKind)
@pytest.mark.parametrize("severity", [0.4, 0.7, 1.0])
def test_fault_is_found_in_its_part_near_its_second(
    vehicle: Vehicle, kind: FaultKind, severity: float
) -> None:
    faulty = plan(vehicle, round(10 * severity), fault=Fault(kind, 90, severity))
    begins_s = flown(faulty).truth.begins_s
    found = findings(judged(record(faulty)))
    mine = [finding for finding in found if finding.component is FOUND_IN[kind]]
    assert any(0 <= finding.start_s - begins_s <= LATEST_S for finding in mine)
    assert any(finding.severity is Severity.CRITICAL for finding in mine)


@both
@pytest.mark.parametrize("kind", FaultKind)
def test_nothing_is_found_before_the_fault(vehicle: Vehicle, kind: FaultKind) -> None:
    faulty = plan(vehicle, 2, fault=Fault(kind, 90, 0.7))
    begins_s = flown(faulty).truth.begins_s
    assert all(finding.start_s >= begins_s for finding in findings(judged(record(faulty))))


@pytest.mark.parametrize("demo_plan", DEMO_PLANS)
def test_demonstration_flights_are_judged_as_they_were_made(demo_plan: FlightPlan) -> None:
    found = findings(judged(record(demo_plan)))
    if demo_plan.fault is None:
        assert found == []
    else:
        assert FOUND_IN[demo_plan.fault.kind] in {finding.component for finding in found}


@both
def test_reader_sees_the_whole_flight(vehicle: Vehicle) -> None:
    read = record(plan(vehicle, 1))
    assert read.autopilot is Autopilot.PX4
    assert read.vehicle_type is VehicleType(vehicle)
    assert read.duration_s == pytest.approx(220, abs=0.5)
    assert read.gaps == ()
    assert read.notes == ()


@both
def test_reader_dates_the_flight_by_its_receiver(vehicle: Vehicle) -> None:
    read = record(plan(vehicle, 1))
    started_at = read.utc(flown(plan(vehicle, 1)).scene.boot_s)
    assert read.clock_source is ClockSource.GPS
    assert started_at is not None
    assert abs(started_at - START) < timedelta(seconds=0.5)


@both
def test_phases_hold_the_flight_from_lift_off_to_touchdown(vehicle: Vehicle) -> None:
    scene = flown(plan(vehicle, 1)).scene
    phases = find_phases(record(plan(vehicle, 1)))
    assert phases.has_flight
    assert len(phases.flying) == 1
    assert phases.flying[0][0] == pytest.approx(
        scene.boot_s + scene.states.moments.lift_off_s, abs=2
    )
    assert phases.flying[0][1] == pytest.approx(
        scene.boot_s + scene.states.moments.touchdown_s, abs=3
    )
