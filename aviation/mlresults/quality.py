"""The data-quality gate: is this log good enough to judge a flight by, and if not, why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from aviation.mlresults.wording import figure, plural
from aviation.telemetry.channels import spec_of
from aviation.telemetry.phases import NOTHING_TELLS, FlightPhases
from aviation.telemetry.record import FlightRecord

SHORTEST_S = 5.0
SHORTEST_FLIGHT_S = 10.0
COVERAGE_LEAST = 0.95
ATTITUDE_RATE_LEAST_HZ = 4.0
ESSENTIAL = {
    "attitude": "attitude",
    "position": "position or height",
    "battery": "battery",
}
"""Groups of channels without which a flight is judged in part only."""


class Verdict(StrEnum):
    USABLE = "usable"
    LIMITED = "limited"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Quality:
    """``coverage`` is the share (0-1) of the log's span in which anything was recorded.

    ``rates_hz`` gives, by group of channels, the fastest channel's usual rate.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    duration_s: float
    recorded_s: float
    coverage: float
    gap_count: int
    longest_gap_s: float
    has_flight: bool
    no_flight_reason: str
    """Why there is no flight to judge; empty where there is one."""
    flight_s: float
    rates_hz: Mapping[str, float]


def assess_quality(record: FlightRecord, phases: FlightPhases) -> Quality:
    """The gate's verdict, with a plain reason for anything less than usable."""
    gap_lengths = [end_s - start_s for start_s, end_s in record.gaps]
    recorded_s = max(record.duration_s - sum(gap_lengths), 0.0)
    coverage = recorded_s / record.duration_s if record.duration_s > 0 else 0.0
    rates_hz = _rates_hz(record)
    fatal = _fatal(record, recorded_s)
    limits = _limits(record, phases, coverage, rates_hz)
    verdict = Verdict.LIMITED if limits else Verdict.USABLE
    return Quality(
        verdict=Verdict.UNUSABLE if fatal else verdict,
        reasons=(*fatal, *limits),
        duration_s=record.duration_s,
        recorded_s=recorded_s,
        coverage=coverage,
        gap_count=len(gap_lengths),
        longest_gap_s=max(gap_lengths, default=0.0),
        has_flight=phases.has_flight,
        no_flight_reason=no_flight_reason(phases),
        flight_s=phases.flight_time_s,
        rates_hz=rates_hz,
    )


def no_flight_reason(phases: FlightPhases) -> str:
    """That there was no flight, or that nobody can tell; empty where there was one."""
    if phases.has_flight:
        return ""
    if phases.source == NOTHING_TELLS:
        return "The log does not tell whether the aircraft flew."
    return "There is no flight in this log."


def _fatal(record: FlightRecord, recorded_s: float) -> list[str]:
    if not record.series:
        return ["The log holds no measurements."]
    if recorded_s < SHORTEST_S:
        return [f"The log holds only {figure(recorded_s, 's')} of measurements."]
    return []


def _limits(
    record: FlightRecord, phases: FlightPhases, coverage: float, rates_hz: Mapping[str, float]
) -> list[str]:
    limits = []
    if not phases.has_flight:
        limits.append(no_flight_reason(phases))
    elif phases.flight_time_s < SHORTEST_FLIGHT_S:
        limits.append(f"The flight lasts only {figure(phases.flight_time_s, 's')}.")
    if coverage < COVERAGE_LEAST and record.duration_s > 0:
        limits.append(_gap_text(record, coverage))
    absent = [words for group, words in ESSENTIAL.items() if group not in rates_hz]
    limits += [f"The log holds no {words}." for words in absent]
    attitude_hz = rates_hz.get("attitude")
    if attitude_hz is not None and attitude_hz < ATTITUDE_RATE_LEAST_HZ:
        limits.append(f"Attitude was recorded only {figure(attitude_hz)} times a second.")
    return limits


def _gap_text(record: FlightRecord, coverage: float) -> str:
    share = figure(min(100 * coverage, 99.9))
    gaps = plural(len(record.gaps), "gap")
    return f"Only {share} % of the log's time span was recorded; it has {gaps}."


def _rates_hz(record: FlightRecord) -> dict[str, float]:
    """A lone sample has no rate but shows that the group is there: 0."""
    rates: dict[str, float] = {}
    known: dict[int, float] = {}
    for channel, series in record.series.items():
        key = id(series.time_s)
        if key not in known:
            steps = np.diff(series.time_s)
            known[key] = 1 / float(np.median(steps)) if steps.size else 0.0
        group = spec_of(channel).group
        rates[group] = max(rates.get(group, 0.0), known[key])
    return rates
