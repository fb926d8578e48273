"""The whole assessment: for any record it answers, and it never makes up a fault."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aviation.mlresults.assess import ENGINE_VERSION
from aviation.mlresults.findings import Finding, NotAssessed
from aviation.mlresults.risk import RiskLevel
from aviation.mlresults.rules import ALL_RULES
from aviation.telemetry.channels import CHANNELS
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.record import Autopilot, FlightRecord, Series, VehicleType
from tests.mlresults.records import (
    NO_FLIGHT,
    ONE_FLIGHT,
    assessed,
    copter,
    findings_of,
    phases_of,
    reasons_of,
    record_of,
    text_of,
)

NAMES = sorted(
    {f"{spec.name}_{number}" for spec in CHANNELS.values() if spec.is_numbered for number in (1, 4)}
    | {name for name, spec in CHANNELS.items() if not spec.is_numbered}
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TYPICAL = st.floats(-400, 2_500, allow_nan=False)


@st.composite
def any_series(draw: st.DrawFn) -> Series:
    """Any finite values at any strictly increasing times."""
    size = draw(st.integers(1, 60))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    steps = 10.0 ** random.uniform(-3, draw(st.sampled_from([-1, 1, 3])), size)
    time_s = draw(st.floats(-10, 1e6)) + np.cumsum(steps)
    pool = draw(st.lists(draw(st.sampled_from([FINITE, TYPICAL])), min_size=1, max_size=6))
    return Series(time_s, random.choice(np.array(pool), size), "any")


@st.composite
def any_flight(draw: st.DrawFn) -> tuple[FlightRecord, FlightPhases]:
    names = draw(st.lists(st.sampled_from(NAMES), max_size=25, unique=True))
    series = {name: draw(any_series()) for name in names}
    record = record_of(
        series,
        autopilot=draw(st.sampled_from(Autopilot)),
        vehicle_type=draw(st.sampled_from(VehicleType)),
        parameters=draw(
            st.dictionaries(
                st.sampled_from(["ANGLE_MAX", "BAT_LOW_THR", "BAT1_N_CELLS", "PWM_MAIN_MAX"]),
                FINITE,
            )
        ),
    )
    times = [float(t) for each in series.values() for t in (each.time_s[0], each.time_s[-1])]
    record = replace(record, start_s=min(times, default=0.0), end_s=max(times, default=0.0))
    inside = st.floats(record.start_s, record.end_s)
    edges = sorted(draw(st.lists(inside, max_size=4, unique=True)))
    flying = tuple(zip(edges[::2], edges[1::2], strict=False))
    return record, phases_of(*flying, ends_in_flight=draw(st.booleans()))


@settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(any_flight())
def test_any_record_of_finite_series_is_assessed(flight: tuple[FlightRecord, FlightPhases]) -> None:
    record, phases = flight
    assessment = assessed(record, phases)
    assert text_of(assessment.report)
    for finding in findings_of(assessment):
        assert finding.start_s <= finding.end_s
        figures = [finding.start_s, finding.end_s, finding.observed or 0.0, finding.limit or 0.0]
        assert np.isfinite(figures).all()
        assert len(finding.title) <= 200
        assert len(finding.unit) <= 20
    if assessment.risk is not None:
        assert 0 <= assessment.risk.score <= 1


@pytest.mark.parametrize("autopilot", list(Autopilot))
@pytest.mark.parametrize("vehicle_type", list(VehicleType))
@pytest.mark.parametrize("phases", [ONE_FLIGHT, NO_FLIGHT])
def test_no_channels_is_no_verdict(
    autopilot: Autopilot, vehicle_type: VehicleType, phases: FlightPhases
) -> None:
    assessment = assessed(record_of({}, autopilot=autopilot, vehicle_type=vehicle_type), phases)
    telling = {"autopilot.records", "log_end.in_air"}  # they need no channel
    assert findings_of(assessment) == []
    assert all(
        isinstance(outcome, NotAssessed) or outcome.rule_id in telling
        for outcome in assessment.outcomes
    )


@pytest.mark.parametrize("channel", NAMES)
def test_missing_channel_is_never_a_fault(channel: str) -> None:
    assert findings_of(assessed(copter(without=(channel,)))) == []


@pytest.mark.parametrize("autopilot", list(Autopilot))
def test_healthy_flight_has_no_finding(autopilot: Autopilot) -> None:
    assessment = assessed(copter(autopilot))
    assert findings_of(assessment) == []
    assert assessment.risk is not None
    assert assessment.risk.level is RiskLevel.LOW


@pytest.mark.parametrize("autopilot", list(Autopilot))
def test_every_subject_is_answered(autopilot: Autopilot) -> None:
    assessment = assessed(copter(autopilot))
    subjects = {rule.subject for rule in ALL_RULES if rule.concerns(VehicleType.MULTIROTOR)}
    answered = {
        rule.subject for rule in ALL_RULES for o in assessment.outcomes if o.rule_id == rule.id
    }
    assert answered == subjects


def test_every_reason_is_a_sentence() -> None:
    for autopilot in Autopilot:
        for vehicle_type in VehicleType:
            record = record_of({}, autopilot=autopilot, vehicle_type=vehicle_type)
            reasons = reasons_of(assessed(record)).values()
            assert all(reason.endswith(".") and len(reason) > 15 for reason in reasons)


def test_no_flight_means_flight_rules_are_not_assessed() -> None:
    reasons = reasons_of(assessed(copter(), NO_FLIGHT))
    for subject in ("Attitude tracking", "Vibration", "Motor balance", "End of the log"):
        assert reasons[subject] == "There is no flight in this log."


def test_registered_type_goes_before_the_logs_own() -> None:
    assert assessed(copter()).vehicle_type is VehicleType.MULTIROTOR
    changed = assessed(copter(), vehicle_type=VehicleType.FIXED_WING)
    assert changed.vehicle_type is VehicleType.FIXED_WING
    unknown = assessed(copter(), vehicle_type=VehicleType.UNKNOWN)
    assert unknown.vehicle_type is VehicleType.MULTIROTOR


def test_findings_come_first_and_in_order_of_time() -> None:
    spoiled = {"battery_percentage": 5.0, "gps_hdop": 4.0, "vibration_x_ms2": 70.0}
    outcomes = assessed(copter(**spoiled)).outcomes
    kinds = [isinstance(outcome, Finding) for outcome in outcomes]
    assert kinds == sorted(kinds, reverse=True)
    starts = [outcome.start_s for outcome in outcomes if isinstance(outcome, Finding)]
    assert len(starts) >= 3
    assert starts == sorted(starts)


def test_same_record_gives_the_same_assessment() -> None:
    record = copter(roll_deg=50.0, battery_percentage=5.0)
    one, other = assessed(record), assessed(record)
    assert [getattr(one, f.name) for f in fields(one)] == [
        getattr(other, f.name) for f in fields(other)
    ]
    assert one.engine_version == ENGINE_VERSION


def test_value_no_aircraft_can_reach_is_no_finding() -> None:
    spoiled = copter()
    vibration = spoiled.series["vibration_x_ms2"]
    vibration.values[500:520] = 1e6
    assert findings_of(assessed(spoiled)) == []


def test_rules_have_their_own_ids() -> None:
    ids = [rule.id for rule in ALL_RULES]
    assert len(ids) == len(set(ids))
