"""Battery and supply: charge, voltage, sag; an input without a sensor is no empty battery."""

from __future__ import annotations

import numpy as np
import pytest

from aviation.mlresults.findings import Component, Severity
from aviation.mlresults.limits import DEFAULT
from aviation.mlresults.rules.battery import sag_of
from aviation.telemetry.record import Autopilot, FlightRecord, Series
from tests.mlresults.records import (
    FLIGHT_S,
    NO_FLIGHT,
    assessed,
    clock,
    constant,
    copter,
    findings_of,
    passes_of,
    reasons_of,
    stepped,
)

PX4, ARDUPILOT = Autopilot.PX4, Autopilot.ARDUPILOT


def battery_findings(record: FlightRecord) -> list[str]:
    found = findings_of(assessed(record))
    return [f.rule_id for f in found if f.component in (Component.BATTERY, Component.POWER)]


@pytest.mark.parametrize("floating_v", [0.0, 0.06, 1.9])
def test_input_without_a_sensor_is_no_empty_battery(floating_v: float) -> None:
    record = copter(PX4, battery_voltage_v=constant(floating_v), battery_percentage=constant(0.0))
    assert battery_findings(record) == []
    reasons = reasons_of(assessed(record))
    for subject in ("Battery charge", "Cell voltage", "Voltage sag"):
        assert "no battery sensor" in reasons[subject]


def test_charge_of_zero_without_any_voltage_is_no_empty_battery() -> None:
    record = copter(PX4, without=("battery_voltage_v",), battery_percentage=constant(0.0))
    assert battery_findings(record) == []


def test_charge_without_a_voltage_channel_is_judged_where_it_moves() -> None:
    record = copter(
        PX4, without=("battery_voltage_v",), battery_percentage=stepped(80.0, 5.0, 90.0, 130.0)
    )
    assert "battery.remaining" in battery_findings(record)


def test_empty_battery_on_the_ground_is_a_warning_at_most() -> None:
    assessment = assessed(copter(PX4, battery_percentage=constant(2.0)), NO_FLIGHT)
    (finding,) = findings_of(assessment, "battery.remaining")
    assert (finding.severity, finding.is_on_ground) == (Severity.WARNING, True)


def test_empty_battery_in_the_air_is_critical() -> None:
    record = copter(PX4, battery_percentage=stepped(80.0, 2.0, 90.0, 105.0))
    (finding,) = findings_of(assessed(record), "battery.remaining")
    assert (finding.severity, finding.is_on_ground) == (Severity.CRITICAL, False)
    assert finding.start_s == pytest.approx(90.0)


def test_charge_limits_follow_the_aircraft_settings() -> None:
    record = copter(PX4, {"BAT_LOW_THR": 0.4, "BAT_CRIT_THR": 0.3}, battery_percentage=35.0)
    found = findings_of(assessed(record), "battery.remaining")
    assert {finding.limit for finding in found} == {40.0}
    assert all("BAT_LOW_THR" in finding.source for finding in found)


def test_voltage_limit_follows_the_aircraft_setting() -> None:
    record = copter(ARDUPILOT, {"FS_BATT_VOLTAGE": 15.5}, battery_voltage_v=stepped(16.0, 15.4))
    (finding,) = findings_of(assessed(record), "battery.voltage")
    assert finding.source == "parameter FS_BATT_VOLTAGE as set on this aircraft"


def test_default_voltage_limit_is_not_for_small_packs() -> None:
    assessment = assessed(copter(battery_voltage_v=constant(7.6)))
    assert findings_of(assessment, "battery.voltage") == []
    assert "three cells" in reasons_of(assessment)["Battery voltage"]


def test_limit_of_the_organization_is_for_any_pack() -> None:
    own = DEFAULT.overridden({"battery.voltage": {"warn": 7.0}})
    assessment = assessed(copter(battery_voltage_v=stepped(7.6, 6.5)), thresholds=own)
    assert len(findings_of(assessment, "battery.voltage")) == 1


def test_cell_voltage_needs_the_number_of_cells() -> None:
    record = copter(PX4, {"BAT1_N_CELLS": 0.0}, battery_voltage_v=constant(8.0))
    assert "how many cells" in reasons_of(assessed(record))["Cell voltage"]


@pytest.mark.parametrize(("sag_percent", "count"), [(7.3, 0), (7.5, 1)])
def test_voltage_that_falls_within_seconds_is_found(sag_percent: float, count: int) -> None:
    voltage = stepped(16.0, 16.0 * (1 - sag_percent / 100), 40.0, 125.0)
    found = findings_of(assessed(copter(PX4, battery_voltage_v=voltage)), "battery.sag")
    assert len(found) == count
    assert all(finding.start_s == pytest.approx(40.0, abs=0.5) for finding in found)


def test_slow_discharge_is_no_sag() -> None:
    time_s = clock()
    falling = Series(time_s, np.interp(time_s, FLIGHT_S, (16.8, 14.4)), "test")
    (passed,) = passes_of(assessed(copter(PX4, battery_voltage_v=falling)), "battery.sag")
    assert passed.observed is not None
    assert 1.0 < passed.observed < 3.0


def test_single_low_reading_is_no_sag() -> None:
    voltage = constant(16.0)
    voltage.values[500] = 8.0
    assert findings_of(assessed(copter(PX4, battery_voltage_v=voltage)), "battery.sag") == []


def test_single_high_reading_makes_no_sag_after_it() -> None:
    voltage = constant(16.0)
    voltage.values[500] = 30.0
    assert findings_of(assessed(copter(PX4, battery_voltage_v=voltage)), "battery.sag") == []


def test_sag_does_not_look_across_a_hole() -> None:
    time_s = np.concatenate((np.arange(0.0, 10.0, 0.1), np.arange(300.0, 310.0, 0.1)))
    sag = sag_of(Series(time_s, np.where(time_s < 100, 16.0, 12.0)))
    assert sag is not None
    assert sag.values.max() == 0.0


def test_sag_of_fast_records_is_that_of_slow_ones() -> None:
    fast, slow = (stepped(16.0, 14.0, rate_hz=rate) for rate in (100.0, 5.0))
    fast_sag, slow_sag = sag_of(fast), sag_of(slow)
    assert fast_sag is not None
    assert slow_sag is not None
    assert fast_sag.values.max() == pytest.approx(slow_sag.values.max(), rel=0.02)


def test_few_readings_have_no_sag() -> None:
    assert sag_of(Series(np.array([0.0, 1.0]), np.array([16.0, 12.0]))) is None


@pytest.mark.parametrize(("swing_v", "count"), [(0.29, 0), (0.31, 1)])
def test_ripple_of_the_board_supply(swing_v: float, count: int) -> None:
    record = copter(board_voltage_v=stepped(5.2, 5.2 - swing_v))
    found = findings_of(assessed(record), "power.ripple")
    assert len(found) == count
    assert all(finding.start_s == pytest.approx(40.0) for finding in found)


def test_ripple_on_the_ground_does_not_count() -> None:
    record = copter(board_voltage_v=stepped(5.2, 4.0, 0.0, 9.0))
    assert battery_findings(record) == []


def test_board_voltage_without_a_sensor_is_not_assessed() -> None:
    record = copter(board_voltage_v=constant(0.06))
    assert battery_findings(record) == []
    assert "supply" in reasons_of(assessed(record))["Board supply"]
