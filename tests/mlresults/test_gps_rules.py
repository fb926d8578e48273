"""GPS: fix on the ground and in the air, silence, and no verdict without a receiver."""

from __future__ import annotations

import pytest

from aviation.mlresults.findings import Component, Severity
from aviation.telemetry.record import Autopilot, Series
from tests.mlresults.records import (
    FLIGHT_S,
    LOG_S,
    NO_FLIGHT,
    assessed,
    constant,
    copter,
    findings_of,
    passes_of,
    reasons_of,
    record_of,
    stepped,
)


def test_wait_for_a_fix_on_the_ground_is_information_and_marked_so() -> None:
    (finding,) = findings_of(assessed(copter(gps_fix_type=stepped(3.0, 1.0, 0.0, 8.0))), "gps.fix")
    assert finding.severity is Severity.INFO
    assert finding.is_on_ground
    assert (finding.start_s, finding.end_s) == (0.0, pytest.approx(8.0))
    assert "on the ground" in finding.text


def test_fix_lost_in_the_air_is_critical() -> None:
    (finding,) = findings_of(assessed(copter(gps_fix_type=stepped(3.0, 2.0))), "gps.fix")
    assert finding.severity is Severity.CRITICAL
    assert not finding.is_on_ground
    assert finding.start_s == pytest.approx(40.0)


def test_missing_fix_over_take_off_is_told_in_two_parts() -> None:
    found = findings_of(assessed(copter(gps_fix_type=stepped(3.0, 1.0, 0.0, 20.0))), "gps.fix")
    assert [finding.is_on_ground for finding in found] == [True, False]
    assert found[1].start_s == pytest.approx(FLIGHT_S[0], abs=0.11)


def test_flight_without_any_fix_is_a_standing_warning() -> None:
    found = findings_of(assessed(copter(gps_fix_type=constant(1.0))), "gps.fix")
    in_air = [finding for finding in found if not finding.is_on_ground]
    assert [(each.severity, each.is_standing) for each in in_air] == [(Severity.WARNING, True)]


@pytest.mark.parametrize(("fix", "count"), [(2.0, 1), (3.0, 0), (4.0, 0)])
def test_a_3d_fix_is_enough(fix: float, count: int) -> None:
    assert len(findings_of(assessed(copter(gps_fix_type=stepped(4.0, fix))), "gps.fix")) == count


def test_fix_is_told_on_the_ground_without_any_flight() -> None:
    assessment = assessed(copter(gps_fix_type=constant(1.0)), NO_FLIGHT)
    assert [finding.is_on_ground for finding in findings_of(assessment, "gps.fix")] == [True]


def test_nothing_is_said_where_there_is_no_receiver() -> None:
    silent = {"gps_fix_type": 0.0, "gps_satellites": 0.0, "gps_jamming": 255.0, "gps_hdop": 99.0}
    assessment = assessed(copter(**silent))
    assert [f for f in findings_of(assessment) if f.component is Component.GPS] == []
    reasons = reasons_of(assessment)
    for subject in ("GPS fix", "Satellites", "GPS dilution", "GPS interference"):
        assert reasons[subject] == "The log shows no working GPS receiver."


def test_figures_without_a_fix_are_not_judged() -> None:
    lost = {"gps_fix_type": stepped(3.0, 0.0), "gps_satellites": stepped(15.0, 0.0)}
    assessment = assessed(copter(**lost))
    assert [f.rule_id for f in findings_of(assessment)] == ["gps.fix"]


def test_two_publications_may_disagree_and_both_are_told() -> None:
    assessment = assessed(copter(gps_satellites=constant(9.0)))
    assert passes_of(assessment, "gps.satellites")
    (advice,) = findings_of(assessment, "gps.satellites_advice")
    assert (advice.severity, advice.is_standing) == (Severity.INFO, True)


def test_other_autopilots_limits_are_not_applied() -> None:
    px4 = assessed(copter(Autopilot.PX4, gps_hdop=constant(20.0)))
    assert findings_of(px4) == []
    assert reasons_of(px4)["GPS dilution"] == "The published limits are for ArduPilot."


def without_messages(series: Series, start_s: float, end_s: float) -> Series:
    keep = (series.time_s < start_s) | (series.time_s > end_s)
    return Series(series.time_s[keep], series.values[keep], series.source)


@pytest.mark.parametrize(("silent_s", "count"), [(4.5, 0), (6.0, 1)])
def test_receiver_that_falls_silent_is_found(silent_s: float, count: int) -> None:
    fix = without_messages(constant(3.0), 40.0, 40.0 + silent_s)
    found = findings_of(assessed(copter(gps_fix_type=fix)), "gps.silence")
    assert len(found) == count
    assert all(finding.start_s == pytest.approx(39.9) for finding in found)


def test_receiver_that_never_comes_back_is_found() -> None:
    fix = without_messages(constant(3.0), 60.0, LOG_S[1])
    (finding,) = findings_of(assessed(copter(gps_fix_type=fix)), "gps.silence")
    assert finding.end_s == FLIGHT_S[1]


def test_hole_in_the_whole_log_is_no_silence_of_the_receiver() -> None:
    fix = without_messages(constant(3.0), 40.0, 60.0)
    record = record_of({"gps_fix_type": fix}, gaps=((39.9, 60.1),))
    assert findings_of(assessed(record), "gps.silence") == []


def test_kept_fix_is_told_as_fine() -> None:
    (passed,) = passes_of(assessed(copter()), "gps.fix")
    assert passed.text == "The GPS kept a 3D fix throughout the flight."


def test_fix_kept_on_the_ground_is_no_verdict_on_flying() -> None:
    (passed,) = passes_of(assessed(copter(), NO_FLIGHT), "gps.fix")
    assert passed.text == "The GPS kept a 3D fix throughout the log."
