"""From a parsed flight to its whole assessment, in one pure function.

Nothing is read from a database or the clock: the same record always gives the same assessment.
"""

from __future__ import annotations

from dataclasses import dataclass

from aviation.mlresults.findings import Finding, Outcome
from aviation.mlresults.limits import DEFAULT
from aviation.mlresults.quality import Quality, Verdict, assess_quality
from aviation.mlresults.report import Report, write_report
from aviation.mlresults.risk import Risk, assess_risk
from aviation.mlresults.rules import ALL_RULES
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.rule import run
from aviation.mlresults.thresholds import Thresholds
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.record import FlightRecord, VehicleType

ENGINE_VERSION = "1"
"""Raised with any change that may alter an assessment: rules, limits, risk or wording."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything said about one flight.

    ``vehicle_type`` is the one the rules went by. ``outcomes`` hold the findings first, in order of
    time, then the rest in the rules' order. ``risk`` is None where nothing could be assessed.
    """

    quality: Quality
    phases: FlightPhases
    vehicle_type: VehicleType
    outcomes: tuple[Outcome, ...]
    risk: Risk | None
    report: Report
    engine_version: str = ENGINE_VERSION


def assess(
    record: FlightRecord,
    *,
    phases: FlightPhases,
    vehicle_type: VehicleType | None = None,
    thresholds: Thresholds = DEFAULT,
) -> Assessment:
    """Judge a flight. ``vehicle_type`` is the aircraft's registered one; the log's own is used
    where that is None or unknown."""
    declared = vehicle_type or VehicleType.UNKNOWN
    known = record.vehicle_type if declared is VehicleType.UNKNOWN else declared
    context = FlightContext(record, phases, known, thresholds)
    outcomes = tuple(sorted(run(ALL_RULES, context), key=_reading_order))
    quality = assess_quality(record, phases)
    is_usable = quality.has_flight and quality.verdict is not Verdict.UNUSABLE
    risk = assess_risk(outcomes, has_usable_flight=is_usable)
    report = write_report(outcomes, quality, risk)
    return Assessment(quality, phases, known, outcomes, risk, report)


def _reading_order(outcome: Outcome) -> tuple[bool, float, int]:
    if isinstance(outcome, Finding):
        return False, outcome.start_s, -outcome.severity.rank
    return True, 0.0, 0
