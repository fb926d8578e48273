"""The risk score: one number for a flight, from its findings alone, by a formula anyone can redo.

Every rule counts once, with its worst finding, in one of three kinds:

- critical: a critical finding in the air;
- serious: a warning in the air (1), a critical finding on the ground (1), a warning there (0.5);
- minor: an information in the air (1) or on the ground (0.25).

With c, s and m their sums:

    critical part  C = 0 if c = 0, else 1 - 0.4 * 0.5 ** (c - 1)      0.6, 0.8, 0.9 ...
    serious part   S = 0.45 * (1 - 0.55 ** s)                          0.2, 0.31 ... below 0.45
    minor part     M = 0.05 * (1 - 0.8 ** m)                           below 0.05
    score            = 1 - (1 - C) * (1 - S) * (1 - M)

So without a critical finding in the air the score stays below 0.5, one such finding puts it at 0.6
or more, two at 0.8 or more. A further finding, a worse severity, or the air instead of the ground
never lowers it. The figures are ours, chosen for this order; they are not a probability.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aviation.mlresults.findings import Component, Finding, NotAssessed, Outcome, Severity

RISK_VERSION = 1
MEDIUM_FROM, HIGH_FROM, CRITICAL_FROM = 0.2, 0.5, 0.8


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class RiskPart:
    """One rule's share of the score: what it added to the rules before it. All parts together
    make the score."""

    rule_id: str
    component: Component
    severity: Severity
    is_on_ground: bool
    title: str
    contribution: float


@dataclass(frozen=True, slots=True)
class Risk:
    """The score (0-1), its level and what each rule gave to it, the largest part first."""

    score: float
    level: RiskLevel
    parts: tuple[RiskPart, ...]
    version: int = RISK_VERSION


def assess_risk(outcomes: Sequence[Outcome], *, has_usable_flight: bool) -> Risk | None:
    """The risk of a flight.

    None where nothing serious was found and either nothing was measured or there was no flight
    that the log is good enough to judge: nothing is known then, which is not "low".
    """
    findings = [outcome for outcome in outcomes if isinstance(outcome, Finding)]
    is_measured = any(is_measurement(outcome) for outcome in outcomes)
    is_serious = any(finding.severity.rank for finding in findings)
    if not is_serious and not (has_usable_flight and is_measured):
        return None
    score = risk_score(findings)
    return Risk(score, risk_level(score), _parts(findings))


def is_measurement(outcome: Outcome) -> bool:
    """Whether a check looked at a figure, rather than at what the log does not say."""
    return not isinstance(outcome, NotAssessed) and outcome.observed is not None


def risk_score(findings: Iterable[Finding]) -> float:
    """The score of some findings, 0 for none."""
    worst = _worst_by_rule(findings).values()
    critical = sum(1.0 for finding in worst if _is_critical(finding))
    serious = sum(_serious_weight(finding) for finding in worst)
    minor = sum(_minor_weight(finding) for finding in worst)
    critical_part = 1 - 0.4 * 0.5 ** (critical - 1) if critical else 0.0
    serious_part = 0.45 * (1 - 0.55**serious)
    minor_part = 0.05 * (1 - 0.8**minor)
    return 1 - (1 - critical_part) * (1 - serious_part) * (1 - minor_part)


def risk_level(score: float) -> RiskLevel:
    if score >= CRITICAL_FROM:
        return RiskLevel.CRITICAL
    if score >= HIGH_FROM:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if score >= MEDIUM_FROM else RiskLevel.LOW


def _worst_by_rule(findings: Iterable[Finding]) -> dict[str, Finding]:
    worst: dict[str, Finding] = {}
    for finding in findings:
        known = worst.get(finding.rule_id)
        if known is None or _order(finding) > _order(known):
            worst[finding.rule_id] = finding
    return worst


def _order(finding: Finding) -> tuple[float, float, float]:
    """Worse findings sort higher."""
    return float(_is_critical(finding)), _serious_weight(finding), _minor_weight(finding)


def _is_critical(finding: Finding) -> bool:
    return finding.severity is Severity.CRITICAL and not finding.is_on_ground


def _serious_weight(finding: Finding) -> float:
    if finding.severity is Severity.INFO or _is_critical(finding):
        return 0.0
    is_ground_warning = finding.is_on_ground and finding.severity is Severity.WARNING
    return 0.5 if is_ground_warning else 1.0


def _minor_weight(finding: Finding) -> float:
    if finding.severity is not Severity.INFO:
        return 0.0
    return 0.25 if finding.is_on_ground else 1.0


def _parts(findings: Sequence[Finding]) -> tuple[RiskPart, ...]:
    """The worst rule first; rules that weigh the same keep their order."""
    counted: list[Finding] = []
    parts = []
    for worst in sorted(_worst_by_rule(findings).values(), key=_order, reverse=True):
        before = risk_score(counted)
        counted.append(worst)
        parts.append(
            RiskPart(
                rule_id=worst.rule_id,
                component=worst.component,
                severity=worst.severity,
                is_on_ground=worst.is_on_ground,
                title=worst.title,
                contribution=risk_score(counted) - before,
            )
        )
    return tuple(parts)
