"""Limits as data: where they come from, and who may change them."""

from __future__ import annotations

import pytest

from aviation.mlresults.findings import Comparison, Severity
from aviation.mlresults.limits import DEFAULT
from aviation.mlresults.thresholds import Level, Setting, Threshold
from aviation.telemetry.record import Autopilot, VehicleType


def threshold(**changes: object) -> Threshold:
    values: dict[str, object] = {
        "id": "test.limit",
        "unit": "V",
        "side": Comparison.BELOW,
        "source": "a manual",
        "warn": 10.0,
        "fail": 9.0,
        "settings": (Setting("LOW", Level.WARN, 0.1), Setting("OLD_LOW", Level.WARN)),
    }
    return Threshold(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("threshold_id", list(DEFAULT))
def test_every_limit_names_its_source(threshold_id: str) -> None:
    assert DEFAULT[threshold_id].source
    assert DEFAULT[threshold_id].id == threshold_id


@pytest.mark.parametrize("threshold_id", list(DEFAULT))
def test_only_settings_may_leave_a_limit_open(threshold_id: str) -> None:
    limit = DEFAULT[threshold_id]
    assert limit.mildest is not None or limit.settings


def test_fail_must_lie_beyond_warn() -> None:
    with pytest.raises(ValueError, match="must lie beyond"):
        threshold(warn=9.0, fail=10.0)
    with pytest.raises(ValueError, match="must lie beyond"):
        threshold(side=Comparison.ABOVE)


def test_limit_needs_a_bad_side() -> None:
    with pytest.raises(ValueError, match="bad side"):
        threshold(side=Comparison.NONE)


def test_hold_must_not_be_negative() -> None:
    with pytest.raises(ValueError, match="hold_s"):
        threshold(hold_s=-1.0)


def test_scope_names_autopilot_and_vehicle() -> None:
    limit = threshold(
        autopilots=frozenset({Autopilot.PX4}), vehicle_types=frozenset({VehicleType.MULTIROTOR})
    )
    assert limit.applies_to(Autopilot.PX4, VehicleType.MULTIROTOR)
    assert not limit.applies_to(Autopilot.ARDUPILOT, VehicleType.MULTIROTOR)
    assert not limit.applies_to(Autopilot.PX4, VehicleType.FIXED_WING)


def test_empty_scope_is_everyone() -> None:
    assert threshold().applies_to(Autopilot.UNKNOWN, VehicleType.UNKNOWN)


def test_setting_of_the_aircraft_replaces_the_published_limit() -> None:
    limit = threshold().as_set_on({"LOW": 120.0})
    assert limit.warn == pytest.approx(12.0)
    assert limit.fail == 9.0
    assert limit.source == "parameter LOW as set on this aircraft"


def test_setting_is_rounded_from_its_32_bits() -> None:
    assert threshold().as_set_on({"OLD_LOW": 10.800000190734863}).warn == 10.8
    assert threshold().as_set_on({"LOW": 108.00000190734863}).warn == 10.8


def test_first_setting_named_wins() -> None:
    assert threshold().as_set_on({"OLD_LOW": 11.0, "LOW": 120.0}).warn == pytest.approx(12.0)
    assert threshold().as_set_on({"OLD_LOW": 11.0}).warn == 11.0


def test_setting_switched_off_is_passed_over() -> None:
    assert threshold().as_set_on({"LOW": 0.0}) == threshold()


def test_setting_out_of_order_is_not_used() -> None:
    assert threshold().as_set_on({"LOW": 80.0}) == threshold()


def test_override_changes_one_limit_and_names_both_sources() -> None:
    changed = DEFAULT.overridden({"vibration.ardupilot": {"warn": 25.0}})
    assert changed["vibration.ardupilot"].warn == 25.0
    assert changed["vibration.ardupilot"].fail == 60
    assert "your organization" in changed["vibration.ardupilot"].source
    assert "ArduPilot wiki" in changed["vibration.ardupilot"].source
    assert DEFAULT["vibration.ardupilot"].warn == 30


def test_override_goes_before_the_setting_of_the_aircraft() -> None:
    changed = DEFAULT.overridden({"estimator.ekf_failsafe": {"fail": 0.7}})
    assert changed["estimator.ekf_failsafe"].as_set_on({"FS_EKF_THRESH": 1.0}).fail == 0.7


def test_override_can_take_a_limit_away() -> None:
    changed = DEFAULT.overridden({"gps.hdop": {"warn": None}})
    assert changed["gps.hdop"].warn is None
    assert changed["gps.hdop"].mildest == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"no.such": {"warn": 1.0}},
        {"gps.hdop": {"severity": 1.0}},
        {"gps.hdop": {"warn": 11.0}},
    ],
)
def test_override_that_makes_no_sense_is_refused(changes: dict[str, dict[str, float]]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        DEFAULT.overridden(changes)


def test_severity_follows_the_level() -> None:
    assert threshold().severity(Level.WARN) is Severity.WARNING
    assert threshold().severity(Level.FAIL) is Severity.CRITICAL
