"""The estimator: PX4's shares, ArduPilot's failsafe condition."""

from __future__ import annotations

import pytest

from aviation.mlresults.findings import Component, Severity
from aviation.telemetry.record import Autopilot, Series, VehicleType
from tests.mlresults.records import (
    assessed,
    constant,
    copter,
    findings_of,
    outcomes_of,
    passes_of,
    reasons_of,
    stepped,
)

PX4 = Autopilot.PX4


@pytest.mark.parametrize(
    ("end_s", "severity"),
    [
        (44.5, None),  # 4.5 of the flight's 100 s
        (46.0, Severity.WARNING),
        (89.0, Severity.WARNING),
        (91.5, Severity.CRITICAL),
    ],
)
def test_share_of_flight_over_amber(end_s: float, severity: Severity | None) -> None:
    record = copter(PX4, ekf_position_ratio=stepped(0.1, 0.6, 40.0, end_s))
    found = findings_of(assessed(record), "estimator.share")
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(finding.start_s == pytest.approx(40.0) for finding in found)


def test_share_at_the_amber_mark_does_not_count() -> None:
    record = copter(PX4, ekf_position_ratio=constant(0.5))
    assert findings_of(assessed(record), "estimator.share") == []


def test_share_counts_the_flight_only() -> None:
    record = copter(PX4, ekf_position_ratio=stepped(0.1, 0.9, 0.0, 9.0))
    assert findings_of(assessed(record)) == []


def test_unused_sensor_is_left_out() -> None:
    assessment = assessed(copter(PX4, ekf_airspeed_ratio=constant(0.0)))
    texts = [passed.text for passed in passes_of(assessment, "estimator.share")]
    assert len(texts) == 4
    assert not any("airspeed" in text for text in texts)


def test_compass_ratio_counts_for_the_compass() -> None:
    (finding,) = findings_of(
        assessed(copter(PX4, ekf_compass_ratio=stepped(0.1, 1.5))), "estimator.rejected"
    )
    assert finding.component is Component.COMPASS


def test_one_variance_alone_is_no_failsafe() -> None:
    record = copter(ekf_compass_ratio=stepped(0.1, 0.95))
    assert findings_of(assessed(record), "estimator.ekf_failsafe") == []


def test_height_is_not_part_of_the_failsafe() -> None:
    spoiled = {n: stepped(0.1, 0.95) for n in ("ekf_height_ratio", "ekf_compass_ratio")}
    assert findings_of(assessed(copter(**spoiled)), "estimator.ekf_failsafe") == []


@pytest.mark.parametrize(("setting", "count"), [(0.6, 1), (0.8, 0), (0.0, 0)])
def test_failsafe_follows_the_aircraft_setting(setting: float, count: int) -> None:
    spoiled: dict[str, Series | float] = {
        name: stepped(0.1, 0.7) for name in ("ekf_velocity_ratio", "ekf_compass_ratio")
    }
    record = copter(Autopilot.ARDUPILOT, {"FS_EKF_THRESH": setting}, **spoiled)
    assert len(findings_of(assessed(record), "estimator.ekf_failsafe")) == count


def test_aeroplane_has_no_ekf_failsafe() -> None:
    assessment = assessed(copter(), vehicle_type=VehicleType.FIXED_WING)
    assert "aeroplanes have none" in reasons_of(assessment)["EKF failsafe condition"]


def test_single_ratio_cannot_show_the_failsafe() -> None:
    record = copter(without=("ekf_velocity_ratio", "ekf_position_ratio"))
    assert "fewer than two" in reasons_of(assessed(record))["EKF failsafe condition"]


def test_unknown_autopilot_has_no_estimator_limit() -> None:
    assessment = assessed(copter(Autopilot.UNKNOWN, ekf_velocity_ratio=constant(3.0)))
    assert findings_of(assessment) == []
    assert outcomes_of(assessment, "estimator.variance") == []
    assert "PX4 and ArduPilot" in reasons_of(assessment)["Estimator agreement"]
