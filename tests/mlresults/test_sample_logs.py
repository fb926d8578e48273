"""Real logs with known stories, read and assessed whole. Skipped where the samples are absent."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest

from aviation.mlresults.assess import Assessment, assess
from aviation.mlresults.findings import Component, Finding, Severity
from aviation.mlresults.quality import Verdict
from aviation.mlresults.risk import RiskLevel
from aviation.telemetry.formats import read_log
from aviation.telemetry.phases import find_phases
from tests.mlresults.records import findings_of, passes_of, reasons_of, text_of

SAMPLES = os.environ.get("DBX_SAMPLE_LOGS", "")
pytestmark = pytest.mark.skipif(not SAMPLES, reason="DBX_SAMPLE_LOGS names no sample logs")


@cache
def sample(name: str) -> Assessment:
    record = read_log(Path(SAMPLES) / name)
    return assess(record, phases=find_phases(record))


def crash() -> Assessment:
    return sample("ardupilot/log171.bin")


def published(test: str) -> list[dict[str, object]]:
    """What the published analysis of the crash says under one of its tests."""
    path = Path(SAMPLES) / "ardupilot/log171.bin-expected-json"
    results: list[dict[str, object]] = json.loads(path.read_text())["tests"][test]["results"]
    return results


def begins_of(test: str, status: str, key: str = "timestamp_start") -> list[float]:
    return [float(str(r[key])) / 1e6 for r in published(test) if r["status"] == status]


def test_crash_had_no_fix_on_the_ground() -> None:
    (finding,) = findings_of(crash(), "gps.fix")
    assert (finding.start_s, finding.end_s) == (
        pytest.approx(11.7, abs=1),
        pytest.approx(45.1, abs=1),
    )
    assert (finding.is_on_ground, finding.severity) == (True, Severity.INFO)


def test_crash_began_with_the_attitude_error_the_publication_names() -> None:
    (finding,) = findings_of(crash(), "attitude.tracking")
    assert finding.start_s == pytest.approx(93.2, abs=1)
    assert finding.start_s == pytest.approx(min(begins_of("Attitude Control", "FAIL")), abs=0.1)
    assert finding.severity is Severity.WARNING
    assert "over 5° first at 86.8 s" in finding.text


def test_crash_attitudes_are_those_the_publication_names() -> None:
    starts = [finding.start_s for finding in findings_of(crash(), "attitude.lean")]
    assert starts == pytest.approx([229.0, 238.8], abs=1)
    assert starts == pytest.approx(begins_of("Crash Test", "FAIL", "timestamp"), abs=0.1)


def test_crash_holds_the_autopilots_own_error_record() -> None:
    (finding,) = findings_of(crash(), "autopilot.records")
    assert finding.start_s == pytest.approx(241.9, abs=1)
    assert finding.component is Component.ESTIMATOR


def test_crash_variances_begin_as_published() -> None:
    starts = [f.start_s for f in findings_of(crash(), "estimator.variance")]
    variances = [r for r in published("Good EKF") if "variance exceeds fail" in str(r["reason"])]
    first_us = min(float(str(result["timestamp_start"])) for result in variances)
    assert min(starts) == pytest.approx(first_us / 1e6, abs=0.1)


def test_crash_is_told_first_sign_first() -> None:
    assessment = crash()
    expected = "The first sign of trouble was at 93.2 s: Attitude error above 10°."
    assert assessment.report.headline == expected
    assert "238.8 s" in text_of(assessment.report)
    assert assessment.risk is not None
    assert assessment.risk.level is RiskLevel.CRITICAL


def test_crash_keeps_what_was_fine() -> None:
    fine = {passed.rule_id for passed in passes_of(crash())}
    assert {"battery.voltage", "power.minimum", "power.ripple", "log_end.in_air"} <= fine
    (supply,) = passes_of(crash(), "power.minimum")
    assert supply.observed == pytest.approx(5.3, abs=0.01)
    (battery,) = passes_of(crash(), "battery.voltage")
    assert battery.observed == pytest.approx(14.91, abs=0.01)


def test_healthy_quadrotor_has_no_warning() -> None:
    assessment = sample("px4/esc_status_log.ulg")
    assert [f for f in findings_of(assessment) if f.severity is not Severity.INFO] == []
    assert assessment.report.headline.startswith("No fault was found")
    assert assessment.quality.verdict is Verdict.USABLE
    assert assessment.risk is not None
    assert assessment.risk.level is RiskLevel.LOW


def test_healthy_quadrotor_has_its_motors_compared() -> None:
    (passed,) = passes_of(sample("px4/esc_status_log.ulg"), "motors.speed")
    assert passed.observed is not None
    assert passed.observed > 55


def test_bench_log_has_its_empty_battery_found() -> None:
    found = findings_of(sample("px4/roboto_test.ulg"), "battery.remaining")
    assert found
    assert all(f.severity is not Severity.INFO and f.limit == 7.0 for f in found)


def test_log_without_a_flight_says_so() -> None:
    assessment = sample("px4/sample.ulg")
    assert assessment.report.headline.startswith("There is no flight in this log")
    assert findings_of(assessment) == []
    assert assessment.risk is None
    reasons = reasons_of(assessment)
    assert reasons["Attitude tracking"] == "There is no flight in this log."


@pytest.mark.parametrize(
    "name",
    [
        "ardupilot/pymavlink_test.BIN",
        "px4/sample.ulg",
        "px4/sample_appended_multiple.ulg",
        "px4/sample_log_small.ulg",
        "px4/sample_logging_tagged_and_default_params.ulg",
        "px4/sample_px4_events.ulg",
    ],
)
def test_bench_and_simulated_logs_raise_no_false_alarm(name: str) -> None:
    serious = [f for f in findings_of(sample(name)) if f.severity is not Severity.INFO]
    assert serious == []


@pytest.mark.parametrize("name", ["ardupilot/log171.bin", "px4/esc_status_log.ulg"])
def test_every_finding_fits_its_place(name: str) -> None:
    for outcome in sample(name).outcomes:
        if isinstance(outcome, Finding):
            assert len(outcome.title) <= 200
            assert len(outcome.source) <= 300
            assert outcome.end_s >= outcome.start_s
