"""The compass: field, change in flight, the motors' part."""

from __future__ import annotations

import numpy as np
import pytest

from aviation.mlresults.findings import Severity
from aviation.telemetry.record import Autopilot, Series
from tests.mlresults.records import (
    FLIGHT_S,
    assessed,
    clock,
    constant,
    copter,
    findings_of,
    passes_of,
    reasons_of,
    stepped,
)

FIELD = "magnetic_field_mgauss"


def test_field_out_of_range_since_before_take_off_is_standing() -> None:
    (finding,) = findings_of(assessed(copter(**{FIELD: constant(625.0)})), "compass.field")
    assert finding.is_standing
    assert not finding.is_on_ground
    assert "before take-off" in finding.text


def test_field_within_both_limits_passes_twice() -> None:
    assert len(passes_of(assessed(copter()), "compass.field")) == 2


def rising(factor: float) -> Series:
    return stepped(400.0, 400.0 * factor)


@pytest.mark.parametrize(("factor", "limit"), [(1.24, None), (1.26, 25), (1.34, 25), (1.36, 35)])
def test_change_of_the_field_in_flight(factor: float, limit: int | None) -> None:
    found = findings_of(assessed(copter(**{FIELD: rising(factor)})), "compass.change")
    assert [finding.limit for finding in found] == ([limit] if limit else [])
    assert all(finding.start_s == pytest.approx(40.0) for finding in found)


def test_change_of_the_field_on_the_ground_does_not_count() -> None:
    record = copter(**{FIELD: stepped(400.0, 800.0, 0.0, 9.0)})
    assert findings_of(assessed(record), "compass.change") == []


def test_compass_that_reads_zero_has_no_measure() -> None:
    assessment = assessed(copter(**{FIELD: stepped(400.0, 0.0)}))
    assert "zero" in reasons_of(assessment)["Change of the magnetic field"]


def following_throttle(share: float) -> dict[str, Series]:
    """A field that changes by ``share`` of 400 mG from zero to full throttle, about half."""
    time_s = clock()
    flying = (time_s >= FLIGHT_S[0]) & (time_s <= FLIGHT_S[1])
    throttle = np.where(flying, 50 + 30 * np.sin(time_s), 0.0)
    field = 400 * (1 + share * (throttle - 50) / 100)
    return {
        "throttle_percentage": Series(time_s, throttle, "test"),
        FIELD: Series(time_s, field, "test"),
    }


@pytest.mark.parametrize(
    ("share", "severity"),
    [
        (0.29, None),
        (0.31, Severity.WARNING),
        (-0.31, Severity.WARNING),
        (0.59, Severity.WARNING),
        (0.61, Severity.CRITICAL),
    ],
)
def test_interference_of_the_motors(share: float, severity: Severity | None) -> None:
    found = findings_of(assessed(copter(**following_throttle(share))), "compass.interference")
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(finding.is_standing for finding in found)


def test_field_that_moves_mostly_without_the_throttle_is_no_interference() -> None:
    spoiled = following_throttle(0.5)
    field = spoiled[FIELD]
    noise = np.random.default_rng(1).normal(0, 100, field.time_s.size)
    spoiled[FIELD] = Series(field.time_s, field.values + noise, "test")
    assessment = assessed(copter(**spoiled))
    assert findings_of(assessment, "compass.interference") == []
    (passed,) = passes_of(assessment, "compass.interference")
    assert passed.text == "The magnetic field did not follow the throttle."


def test_steady_throttle_shows_no_interference() -> None:
    assert "throttle moved too little" in reasons_of(assessed(copter()))["Compass and motors"]


def test_px4_compass_is_not_assessed() -> None:
    assessment = assessed(copter(Autopilot.PX4, **{FIELD: constant(900.0)}))
    assert findings_of(assessment) == []
    assert "ArduPilot" in reasons_of(assessment)["Magnetic field"]
