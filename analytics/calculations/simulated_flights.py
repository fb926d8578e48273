"""What a simulated flight leaves in the database: findings, measures and a risk."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from aviation.mlresults.findings import Comparison, Component, Finding, Severity
from aviation.mlresults.risk import risk_score

PARTS = (Component.MOTOR, Component.CONTROL_SURFACE, Component.BATTERY)
MEASURED = {Component.MOTOR: "motors.spread", Component.BATTERY: "battery.sag"}
FINDINGS_SHOWN, FINDINGS_HIDDEN, CRITICAL_SHARE = 0.8, 0.02, 0.2
RISE, NOISE, CRITICAL_FROM, BEYOND = 0.6, 0.08, 1.4, 2.0
MISSED, UNRELATED, UNASSESSED = 0.1, 0.1, 0.05

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SimulatedFlight:
    """``day`` counts from 0. Findings are (component, severity)."""

    day: int
    hours: float
    risk: float | None = None
    findings: tuple[tuple[str, str], ...] = ()
    closeness: dict[str, float] = field(default_factory=dict)


def fly(
    chance: np.random.Generator, *, day: int, hours: float, shown: Numbers, base: Numbers | None
) -> SimulatedFlight:
    """A flight of an aircraft whose parts show so much wear (0-1 each).

    ``base`` is the level of each part's measure without wear; None where nothing is measured.
    """
    if chance.random() < UNASSESSED:
        return SimulatedFlight(day, hours)
    found = _found(chance, shown)
    closeness = {} if base is None else _measured(chance, shown, base, found)
    if chance.random() < UNRELATED:
        found.append((Component.GPS, Severity.WARNING))
    return SimulatedFlight(
        day,
        hours,
        risk_score(_as_finding(part, severity) for part, severity in found),
        tuple((part.value, severity.value) for part, severity in found),
        closeness,
    )


def _found(chance: np.random.Generator, shown: Numbers) -> list[tuple[Component, Severity]]:
    rates = FINDINGS_HIDDEN + (FINDINGS_SHOWN - FINDINGS_HIDDEN) * shown
    found = []
    for part, count in zip(PARTS, chance.poisson(rates), strict=True):
        for is_critical in chance.random(count) < CRITICAL_SHARE:
            found.append((part, Severity.CRITICAL if is_critical else Severity.WARNING))
    return found


def _measured(
    chance: np.random.Generator,
    shown: Numbers,
    base: Numbers,
    found: list[tuple[Component, Severity]],
) -> dict[str, float]:
    """The flight's measures; those beyond their limit add a finding to ``found``."""
    values = base + RISE * shown + chance.normal(0.0, NOISE, size=len(PARTS))
    is_missed = chance.random(len(PARTS)) < MISSED
    closeness = {}
    for part, value, missed in zip(PARTS, values, is_missed, strict=True):
        if part not in MEASURED or missed:
            continue
        is_critical = value >= CRITICAL_FROM
        closeness[MEASURED[part]] = BEYOND if is_critical else max(0.0, float(value))
        if value > 1.0:
            found.append((part, Severity.CRITICAL if is_critical else Severity.WARNING))
    return closeness


def _as_finding(part: Component, severity: Severity) -> Finding:
    """As much of a finding as the formula of the risk reads."""
    return Finding(
        rule_id=part.value,
        rule_version=1,
        component=part,
        severity=severity,
        title="",
        text="",
        start_s=0.0,
        end_s=0.0,
        observed=None,
        limit=None,
        unit="",
        comparison=Comparison.NONE,
        source="",
        channel="",
        is_on_ground=False,
    )
