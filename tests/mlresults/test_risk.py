"""The risk score: its order, its bounds, its parts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviation.mlresults.findings import (
    Comparison,
    Component,
    Finding,
    NotAssessed,
    Passed,
    Severity,
)
from aviation.mlresults.risk import RiskLevel, assess_risk, risk_level, risk_score

PASSED = Passed("rule", Component.GPS, "GPS", 1.0, 2.0, "", "", "Fine.")
NOT_ASSESSED = NotAssessed("rule", Component.GPS, "GPS", "No sensor.")


def finding(
    severity: Severity, rule_id: str = "rule.one", *, is_on_ground: bool = False
) -> Finding:
    return Finding(
        rule_id=rule_id,
        rule_version=1,
        component=Component.MOTOR,
        severity=severity,
        title="Something",
        text="Something happened.",
        start_s=1.0,
        end_s=2.0,
        observed=2.0,
        limit=1.0,
        unit="V",
        comparison=Comparison.ABOVE,
        source="a manual",
        channel="",
        is_on_ground=is_on_ground,
    )


FINDINGS = st.builds(
    finding,
    st.sampled_from(Severity),
    st.sampled_from([f"rule.{number}" for number in range(8)]),
    is_on_ground=st.booleans(),
)


@given(st.lists(FINDINGS, max_size=30))
def test_score_lies_between_0_and_1(findings: list[Finding]) -> None:
    assert 0 <= risk_score(findings) <= 1


@given(st.lists(FINDINGS, max_size=12), FINDINGS)
def test_one_more_finding_never_lowers_the_score(findings: list[Finding], more: Finding) -> None:
    assert risk_score([*findings, more]) >= risk_score(findings) - 1e-12


@given(st.lists(FINDINGS, min_size=1, max_size=12), st.data())
def test_worse_severity_never_lowers_the_score(
    findings: list[Finding], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(findings) - 1))
    worse = data.draw(st.sampled_from(list(Severity)[findings[index].severity.rank :]))
    changed = list(findings)
    changed[index] = replace(findings[index], severity=worse)
    assert risk_score(changed) >= risk_score(findings) - 1e-12


@given(st.lists(FINDINGS, min_size=1, max_size=12), st.data())
def test_the_air_never_counts_less_than_the_ground(
    findings: list[Finding], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(findings) - 1))
    changed = list(findings)
    changed[index] = replace(findings[index], is_on_ground=False)
    assert risk_score(changed) >= risk_score(findings) - 1e-12


@given(st.lists(FINDINGS, max_size=12), st.randoms(use_true_random=False))
def test_order_of_findings_does_not_matter(findings: list[Finding], random: object) -> None:
    shuffled = list(findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert risk_score(shuffled) == pytest.approx(risk_score(findings), abs=1e-12)


@given(st.lists(FINDINGS, max_size=12))
def test_critical_findings_in_the_air_dominate(findings: list[Finding]) -> None:
    has_critical = any(f.severity is Severity.CRITICAL and not f.is_on_ground for f in findings)
    level = risk_level(risk_score(findings))
    assert (level in (RiskLevel.HIGH, RiskLevel.CRITICAL)) is has_critical


@given(st.lists(FINDINGS, min_size=1, max_size=12))
def test_parts_make_up_the_score(findings: list[Finding]) -> None:
    risk = assess_risk(findings, has_usable_flight=True)
    assert risk is not None
    assert sum(part.contribution for part in risk.parts) == pytest.approx(risk.score)
    assert [part.contribution for part in risk.parts] == sorted(
        (part.contribution for part in risk.parts), reverse=True
    )
    assert {part.rule_id for part in risk.parts} == {f.rule_id for f in findings}


@pytest.mark.parametrize(
    ("findings", "score"),
    [
        ([], 0.0),
        ([finding(Severity.CRITICAL)], 0.6),
        ([finding(Severity.CRITICAL, "a"), finding(Severity.CRITICAL, "b")], 0.8),
        ([finding(Severity.WARNING)], 0.2025),
        ([finding(Severity.CRITICAL, is_on_ground=True)], 0.2025),
        ([finding(Severity.WARNING, is_on_ground=True)], 0.45 * (1 - 0.55**0.5)),
        ([finding(Severity.INFO)], 0.01),
    ],
)
def test_score_follows_its_formula(findings: list[Finding], score: float) -> None:
    assert risk_score(findings) == pytest.approx(score)


def test_repeats_of_one_rule_count_once() -> None:
    assert risk_score([finding(Severity.WARNING)] * 9) == risk_score([finding(Severity.WARNING)])


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (0.0, RiskLevel.LOW),
        (0.199, RiskLevel.LOW),
        (0.2, RiskLevel.MEDIUM),
        (0.499, RiskLevel.MEDIUM),
        (0.5, RiskLevel.HIGH),
        (0.799, RiskLevel.HIGH),
        (0.8, RiskLevel.CRITICAL),
    ],
)
def test_level_follows_the_score(score: float, level: RiskLevel) -> None:
    assert risk_level(score) is level


def test_nothing_assessed_is_no_risk_figure() -> None:
    assert assess_risk([NOT_ASSESSED], has_usable_flight=True) is None
    assert assess_risk([], has_usable_flight=True) is None


def test_check_without_a_figure_is_no_risk_figure() -> None:
    silent = replace(PASSED, observed=None)
    assert assess_risk([silent, NOT_ASSESSED], has_usable_flight=True) is None


def test_clean_flight_has_a_low_risk() -> None:
    risk = assess_risk([PASSED, NOT_ASSESSED], has_usable_flight=True)
    assert risk is not None
    assert (risk.score, risk.level) == (0.0, RiskLevel.LOW)


def test_no_flight_and_no_finding_is_not_low_but_unknown() -> None:
    assert assess_risk([PASSED], has_usable_flight=False) is None
    assert assess_risk([PASSED, finding(Severity.INFO)], has_usable_flight=False) is None


def test_finding_on_the_ground_has_a_risk_without_a_flight() -> None:
    found = finding(Severity.WARNING, is_on_ground=True)
    risk = assess_risk([PASSED, found], has_usable_flight=False)
    assert risk is not None
    assert risk.level is RiskLevel.LOW
