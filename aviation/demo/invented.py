"""Assessments of flights that were never recorded, by the same formulas as real ones."""

from __future__ import annotations

import random
from enum import Enum

from aviation.mlresults.assess import Assessment
from aviation.mlresults.findings import (
    Comparison,
    Component,
    Finding,
    NotAssessed,
    Outcome,
    Passed,
    Severity,
)
from aviation.mlresults.quality import Quality, Verdict
from aviation.mlresults.report import Report, Section, write_report
from aviation.mlresults.risk import assess_risk
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.record import VehicleType

SOURCE = "Invented for the demo"
WHY = "Simulated history: the result was invented, and nothing was recorded."
ON_THE_GROUND_S = 30.0


class Kind(Enum):
    """What may be found: component, severity, title, an observed value, its limit and unit."""

    MOTOR = (Component.MOTOR, Severity.WARNING, "Motor 2 lost speed", 82.0, 85.0, "%")
    MOTOR_LOST = (Component.MOTOR, Severity.CRITICAL, "Motor 2 stopped", 4.0, 40.0, "%")
    BATTERY = (Component.BATTERY, Severity.WARNING, "The battery voltage sagged", 3.3, 3.5, "V")
    GPS = (Component.GPS, Severity.WARNING, "Few satellites", 5.0, 6.0, "")
    COMPASS = (Component.COMPASS, Severity.WARNING, "Compass disturbed", 610.0, 550.0, "mG")
    CONTROL = (
        Component.CONTROL_SURFACE, Severity.WARNING, "A control surface lagged", 0.6, 0.4, "s",
    )  # fmt: skip
    VIBRATION = (Component.VIBRATION, Severity.WARNING, "Strong vibration", 34.0, 30.0, "m/s²")
    NOTE = (Component.RADIO, Severity.INFO, "Weak radio link", 38.0, 50.0, "%")


def invented_assessment(
    vehicle: str, airborne_s: float, faults: tuple[Kind, ...] | None, chance: random.Random
) -> Assessment:
    """What the analysis would say; ``faults`` is None where it could not assess the flight."""
    flying = (ON_THE_GROUND_S, ON_THE_GROUND_S + airborne_s)
    phases = FlightPhases(armed=(flying,), flying=(flying,), source="the invented history")
    outcomes = _outcomes(airborne_s, faults, chance)
    quality = _quality(airborne_s, is_usable=faults is not None)
    risk = assess_risk(outcomes, has_usable_flight=faults is not None)
    report = _without_recording(write_report(outcomes, quality, risk))
    return Assessment(quality, phases, VehicleType(vehicle), outcomes, risk, report)


def _without_recording(report: Report) -> Report:
    """There is no log whose length and gaps could be told."""
    told = tuple(each for each in report.sections if each.heading != "The recording")
    return Report((*told, Section("The recording", (WHY,))))


def _outcomes(
    airborne_s: float, faults: tuple[Kind, ...] | None, chance: random.Random
) -> tuple[Outcome, ...]:
    if faults is None:
        return (NotAssessed("demo.history", Component.LOGGING, "The whole flight", WHY),)
    found = [_finding(kind, ON_THE_GROUND_S + airborne_s * chance.random()) for kind in faults]
    return (*sorted(found, key=lambda each: each.start_s), _PASSED)


_PASSED = Passed(
    "demo.battery_left",
    Component.BATTERY,
    "Battery at landing",
    34.0,
    20.0,
    "%",
    SOURCE,
    "The battery still held 34 %.",
)


def _finding(kind: Kind, start_s: float) -> Finding:
    component, severity, title, observed, limit, unit = kind.value
    is_high = observed > limit
    return Finding(
        rule_id=f"demo.{kind.name.lower()}",
        rule_version=1,
        component=component,
        severity=severity,
        title=title,
        text=WHY,
        start_s=round(start_s, 1),
        end_s=round(start_s + 4, 1),
        observed=observed,
        limit=limit,
        unit=unit,
        comparison=Comparison.ABOVE if is_high else Comparison.BELOW,
        source=SOURCE,
        channel="",
        is_on_ground=False,
    )


def _quality(airborne_s: float, *, is_usable: bool) -> Quality:
    return Quality(
        verdict=Verdict.LIMITED if is_usable else Verdict.UNUSABLE,
        reasons=(WHY,),
        duration_s=airborne_s,
        recorded_s=0.0,
        coverage=0.0,
        gap_count=0,
        longest_gap_s=0.0,
        has_flight=True,
        no_flight_reason="",
        flight_s=airborne_s,
        rates_hz={},
    )
