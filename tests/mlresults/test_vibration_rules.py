"""Vibration: which record answers, hover as a substitute, clipping."""

from __future__ import annotations

import numpy as np
import pytest

from aviation.mlresults.findings import Severity
from aviation.telemetry.record import Autopilot, Series
from tests.mlresults.records import (
    HEALTHY,
    assessed,
    clock,
    constant,
    copter,
    findings_of,
    outcomes_of,
    passes_of,
    reasons_of,
    stepped,
)

NO_VIBE = ("vibration_x_ms2", "vibration_y_ms2", "vibration_z_ms2")


def shaking(axis: str, twice_sigma_ms2: float, rate_hz: float = 50.0) -> dict[str, Series]:
    """Accelerations in hover; ``axis`` swings so that twice its deviation is as given."""
    time_s = clock(rate_hz)
    swing = np.where(np.arange(time_s.size) % 2, 0.5, -0.5) * twice_sigma_ms2
    still = {name: constant(0.0, rate_hz) for name in "xyz"} | {axis: Series(time_s, swing, "")}
    return {f"acceleration_{name}_ms2": series for name, series in still.items()}


@pytest.mark.parametrize(
    ("axis", "spread", "severity"),
    [
        ("x", 1.49, None),
        ("x", 1.51, Severity.WARNING),
        ("y", 2.99, Severity.WARNING),
        ("y", 3.01, Severity.CRITICAL),
        ("z", 1.99, None),
        ("z", 2.01, Severity.WARNING),
        ("z", 5.01, Severity.CRITICAL),
    ],
)
def test_hover_stands_in_for_missing_vibration(
    axis: str, spread: float, severity: Severity | None
) -> None:
    assessment = assessed(copter(without=NO_VIBE, **shaking(axis, spread)))
    found = findings_of(assessment, "vibration.hover")
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(finding.channel == f"acceleration_{axis}_ms2" for finding in found)


def test_hover_is_not_asked_where_vibration_is_logged() -> None:
    assert outcomes_of(assessed(copter(**shaking("x", 9.0))), "vibration.hover") == []


def test_hover_needs_fast_records() -> None:
    assessment = assessed(copter(without=NO_VIBE, **shaking("x", 9.0, rate_hz=20.0)))
    assert findings_of(assessment) == []
    assert "no steady hover" in reasons_of(assessment)["Vibration"]


def test_hover_needs_ten_steady_seconds() -> None:
    time_s = clock()
    restless = Series(time_s, np.where(time_s % 8 < 4, 2.0, 0.0), "test")
    record = copter(without=NO_VIBE, vertical_speed_ms=restless, **shaking("x", 9.0))
    assert findings_of(assessed(record), "vibration.hover") == []


def test_px4_is_judged_by_its_own_metric_only() -> None:
    record = copter(Autopilot.PX4, vibration_x_ms2=stepped(5.0, 90.0))
    assert findings_of(assessed(record)) == []
    assert passes_of(assessed(record), "vibration.level_px4")


def test_unknown_autopilot_has_no_vibration_limit() -> None:
    assert "fits" in reasons_of(assessed(copter(Autopilot.UNKNOWN)))["Vibration"]


def test_worst_axis_is_named() -> None:
    (finding,) = findings_of(
        assessed(copter(vibration_z_ms2=stepped(5.0, 45.0))), "vibration.level_ardupilot"
    )
    assert finding.channel == "vibration_z_ms2"


def test_vibration_figure_is_healthy_in_the_test_flight() -> None:
    (passed,) = passes_of(assessed(copter()), "vibration.level_ardupilot")
    assert passed.observed == HEALTHY["vibration_x_ms2"]


def counted(total: float, start_s: float = 40.0, end_s: float = 60.0) -> Series:
    """A count that rises evenly to ``total``."""
    time_s = clock()
    return Series(time_s, np.floor(np.interp(time_s, [start_s, end_s], [0.0, total])), "test")


@pytest.mark.parametrize(
    ("total", "severity"),
    [(0, None), (1, Severity.INFO), (100, Severity.INFO), (101, Severity.WARNING)],
)
def test_clipping_is_serious_from_a_hundred(total: int, severity: Severity | None) -> None:
    found = findings_of(assessed(copter(clipping_count=counted(total))), "vibration.clipping")
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_clipping_begins_with_its_first_event() -> None:
    (finding,) = findings_of(
        assessed(copter(clipping_count=stepped(7.0, 8.0, 63.0, 130.0))), "vibration.clipping"
    )
    assert finding.start_s == pytest.approx(63.0)
    assert finding.observed == 1.0


def test_clipping_before_take_off_does_not_count() -> None:
    assessment = assessed(copter(clipping_count=stepped(500.0, 0.0, 0.0, 5.0)))
    assert findings_of(assessment, "vibration.clipping") == []


def test_clipping_counter_that_starts_again_loses_nothing() -> None:
    time_s = clock()
    count = np.where((time_s >= 40) & (time_s < 60), 60.0, 0.0) + np.where(time_s >= 80, 60.0, 0.0)
    (finding,) = findings_of(
        assessed(copter(clipping_count=Series(time_s, count, "test"))), "vibration.clipping"
    )
    assert (finding.observed, finding.severity) == (120.0, Severity.WARNING)


def test_steady_clipping_is_told_apart_from_knocks() -> None:
    steady = assessed(copter(clipping_count=counted(200, 10.0, 110.0)))
    knocks = assessed(copter(clipping_count=counted(200, 40.0, 41.0)))
    assert "most of the flight" in findings_of(steady, "vibration.clipping")[0].text
    assert "single knocks" in findings_of(knocks, "vibration.clipping")[0].text
