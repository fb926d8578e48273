"""The autopilot's own records, the end of the log, and control surfaces."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aviation.mlresults.findings import Comparison, Component, Severity
from aviation.telemetry.record import Autopilot, EventKind, EventLevel, LogEvent, VehicleType
from tests.mlresults.records import (
    CUT_IN_FLIGHT,
    LOG_S,
    assessed,
    constant,
    copter,
    fault,
    findings_of,
    passes_of,
    reasons_of,
    stepped,
    with_events,
)

RECORDS = "autopilot.records"


def test_error_record_is_a_finding_in_its_second() -> None:
    (finding,) = findings_of(assessed(with_events(copter(), fault(62.5, "ekf_check"))), RECORDS)
    assert (finding.start_s, finding.end_s) == (62.5, LOG_S[1])
    assert (finding.severity, finding.component) == (Severity.CRITICAL, Component.ESTIMATOR)
    assert (finding.comparison, finding.observed) == (Comparison.NONE, None)
    assert finding.title == "Recorded by the autopilot: Something about ekf_check"


def test_recovery_ends_an_error() -> None:
    over = fault(64.0, "ekf_check", EventKind.RECOVERED, EventLevel.INFO)
    other = fault(63.0, "radio", EventKind.RECOVERED, EventLevel.INFO)
    record = with_events(copter(), fault(62.5, "ekf_check"), other, over)
    (finding,) = findings_of(assessed(record), RECORDS)
    assert finding.end_s == 64.0
    assert "over at 64.0 s" in finding.text


def test_repeated_record_is_told_once() -> None:
    record = with_events(copter(), *(fault(20.0 + second, "radio") for second in range(30)))
    (finding,) = findings_of(assessed(record), RECORDS)
    assert (finding.start_s, finding.component) == (20.0, Component.RADIO)
    assert "30 times" in finding.text


def test_failsafe_and_error_of_one_name_are_two_things() -> None:
    failsafe = fault(30.0, "battery", EventKind.FAILSAFE)
    found = findings_of(assessed(with_events(copter(), fault(20.0, "battery"), failsafe)), RECORDS)
    assert [finding.component for finding in found] == [Component.BATTERY] * 2


def test_record_on_the_ground_is_a_warning_at_most() -> None:
    (finding,) = findings_of(assessed(with_events(copter(), fault(5.0, "radio"))), RECORDS)
    assert (finding.severity, finding.is_on_ground) == (Severity.WARNING, True)


@pytest.mark.parametrize("level", list(EventLevel))
def test_severity_is_the_records_own(level: EventLevel) -> None:
    record = with_events(copter(), fault(50.0, "autotune", level=level))
    (finding,) = findings_of(assessed(record), RECORDS)
    assert finding.severity.value == level.value
    assert finding.component is Component.AUTOPILOT


def test_title_of_a_long_record_is_cut() -> None:
    event = LogEvent(50.0, EventKind.ERROR, "x", "y" * 500, EventLevel.WARNING)
    (finding,) = findings_of(assessed(with_events(copter(), event)), RECORDS)
    assert len(finding.title) <= 200
    assert "y" * 499 in finding.text


def test_no_record_is_told_as_fine() -> None:
    mode = LogEvent(20.0, EventKind.MODE, "Loiter", "Mode: Loiter")
    (passed,) = passes_of(assessed(with_events(copter(), mode)), RECORDS)
    assert "no error" in passed.text


def test_log_without_an_autopilot_has_no_records() -> None:
    reasons = reasons_of(assessed(copter(Autopilot.UNKNOWN)))
    assert "no records" in reasons["The autopilot's own records"]


@pytest.mark.parametrize(("height_m", "count"), [(2.9, 0), (3.0, 0), (3.1, 1), (45.0, 1)])
def test_log_that_ends_well_above_the_ground(height_m: float, count: int) -> None:
    record = copter(height_m=constant(height_m))
    found = findings_of(assessed(record, CUT_IN_FLIGHT), "log_end.in_air")
    assert len(found) == count
    assert all(f.start_s == LOG_S[1] and f.severity is Severity.CRITICAL for f in found)


def test_log_end_tells_the_last_supply_voltage() -> None:
    record = copter(height_m=constant(45.0), board_voltage_v=stepped(5.1, 4.7, 119.0, 125.0))
    (finding,) = findings_of(assessed(record, CUT_IN_FLIGHT), "log_end.in_air")
    assert "4.7 V" in finding.text
    assert "may have lost its power" in finding.text


def test_log_that_goes_on_after_landing_is_fine_at_any_height() -> None:
    assessment = assessed(copter(height_m=constant(45.0)))
    assert findings_of(assessment) == []
    assert passes_of(assessment, "log_end.in_air")


def test_log_end_without_a_late_height_is_not_assessed() -> None:
    record = copter()
    early = record.series["height_m"].between(0.0, 100.0)
    assert early is not None
    record = replace(record, series={**record.series, "height_m": early})
    assert "height" in reasons_of(assessed(record, CUT_IN_FLIGHT))["End of the log"]


def test_control_surfaces_are_honestly_not_assessed() -> None:
    assessment = assessed(copter(), vehicle_type=VehicleType.FIXED_WING)
    assert "multirotors" in reasons_of(assessment)["Control surfaces"]


def test_copter_has_no_control_surfaces_to_mention() -> None:
    assert "Control surfaces" not in reasons_of(assessed(copter()))
