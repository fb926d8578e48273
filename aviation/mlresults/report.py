"""The report: what a pilot reads first, in plain sentences, built from outcomes only.

It names what began when. It never claims a cause: what came first may have led to what followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aviation.common.wording import listed
from aviation.mlresults.findings import Finding, NotAssessed, Outcome, Passed, Severity
from aviation.mlresults.quality import Quality, Verdict
from aviation.mlresults.risk import Risk, is_measurement
from aviation.mlresults.wording import figure, plural, second, sentence, span

CHAIN_GAP_S = 10.0
"""Events further apart than this are told as separate, not as one leading to the other."""


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Sections in reading order; the first holds the verdict. Empty sections are left out."""

    sections: tuple[Section, ...]

    @property
    def headline(self) -> str:
        """The report's first sentence."""
        return self.sections[0].sentences[0]


def write_report(outcomes: Sequence[Outcome], quality: Quality, risk: Risk | None) -> Report:
    """The report of one flight, its findings being in order of time."""
    findings = [outcome for outcome in outcomes if isinstance(outcome, Finding)]
    troubles = [finding for finding in findings if is_trouble(finding)]
    sections = (
        Section("Verdict", tuple(_verdict(findings, outcomes, quality, risk))),
        Section("What happened, in order of time", tuple(_chain(troubles))),
        Section("Throughout the flight", tuple(_told(f for f in findings if _is_standing(f)))),
        Section("On the ground", tuple(_told(f for f in findings if f.is_on_ground))),
        Section("Worth knowing", tuple(_told(f for f in findings if _is_note(f)))),
        Section("Checked and fine", tuple(_passes(outcomes))),
        Section("Not assessed", tuple(_not_assessed(outcomes))),
        Section("The recording", tuple(_recording(quality))),
    )
    return Report(tuple(section for section in sections if section.sentences))


def is_trouble(finding: Finding) -> bool:
    """A warning or worse that began at a moment in the air."""
    is_serious = finding.severity is not Severity.INFO
    return is_serious and not finding.is_on_ground and not finding.is_standing


def _is_standing(finding: Finding) -> bool:
    is_serious = finding.severity is not Severity.INFO
    return is_serious and not finding.is_on_ground and finding.is_standing


def _is_note(finding: Finding) -> bool:
    return finding.severity is Severity.INFO and not finding.is_on_ground


def _verdict(
    findings: Sequence[Finding], outcomes: Sequence[Outcome], quality: Quality, risk: Risk | None
) -> Iterable[str]:
    troubles = [finding for finding in findings if is_trouble(finding)]
    if not quality.has_flight:
        yield f"{quality.no_flight_reason.removesuffix('.')}, so flying was not assessed."
    if troubles:
        yield from _first_signs(troubles)
    serious = [f for f in findings if f.severity is not Severity.INFO and not is_trouble(f)]
    if serious:
        titles = "; ".join(dict.fromkeys(finding.title for finding in serious))
        what = "One thing deserves" if len(serious) == 1 else "Some things deserve"
        where = " besides" if troubles else ", though nothing went wrong at a moment in the air"
        yield f"{what} attention{where if quality.has_flight else ''}: {titles}."
    if not troubles and not serious:
        yield _nothing_found(outcomes, has_flight=quality.has_flight)
    yield _risk_text(risk)


def _first_signs(troubles: Sequence[Finding]) -> Iterable[str]:
    first = troubles[0]
    yield f"The first sign of trouble was at {second(first.start_s)}: {sentence(first.title)}"
    worst = next((f for f in troubles if f.severity is Severity.CRITICAL), None)
    if worst is not None and worst is not first:
        yield f"It became critical at {second(worst.start_s)}: {sentence(worst.title)}"


def _nothing_found(outcomes: Sequence[Outcome], *, has_flight: bool) -> str:
    passes = sum(isinstance(outcome, Passed) for outcome in outcomes)
    if has_flight and not any(is_measurement(outcome) for outcome in outcomes):
        return "Nothing could be assessed: the log holds no measurements that the checks need."
    if not has_flight and not passes:
        return "No check could be made on the ground either."
    if not has_flight:
        return f"{plural(passes, 'check')} could be made on the ground and found nothing wrong."
    return f"No fault was found in {plural(passes, 'check')}."


def _risk_text(risk: Risk | None) -> str:
    if risk is None:
        return "The risk was not assessed."
    return f"The risk is {risk.level} (score {risk.score:.2f} of 1)."


def _chain(troubles: Sequence[Finding]) -> Iterable[str]:
    """Each trouble in order, then which of them belong together by time."""
    for index, finding in enumerate(troubles):
        later_s = finding.start_s - troubles[index - 1].start_s if index else 0.0
        gap = f" ({figure(later_s, 's')} later)" if later_s > CHAIN_GAP_S else ""
        yield f"{second(finding.start_s)}{gap}: {sentence(finding.title)} {finding.text}"
    chain = _serious_chain(troubles)
    if len(chain) > 1:
        followers = len(dict.fromkeys(finding.title for finding in chain[1:]))
        yield (
            f"The serious part may have begun at {second(chain[0].start_s)} with this: "
            f"{sentence(chain[0].title)} {plural(followers, 'finding')} followed within seconds of "
            "each other and may be consequences; the order in time alone proves no cause."
        )


def _serious_chain(troubles: Sequence[Finding]) -> list[Finding]:
    """The unbroken row of events, by their begins, around the first critical one."""
    chain: list[Finding] = []
    for finding in troubles:
        if chain and finding.start_s - chain[-1].start_s > CHAIN_GAP_S:
            if _has_critical(chain):
                break
            chain = []
        chain.append(finding)
    return chain if _has_critical(chain) else []


def _has_critical(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.CRITICAL for finding in findings)


def _told(findings: Iterable[Finding]) -> Iterable[str]:
    for finding in findings:
        yield f"{sentence(finding.title)} {finding.text} ({span(finding.start_s, finding.end_s)})"


def _passes(outcomes: Sequence[Outcome]) -> Iterable[str]:
    found = [outcome for outcome in outcomes if isinstance(outcome, Passed)]
    return dict.fromkeys(sentence(outcome.text) for outcome in found)


def _not_assessed(outcomes: Sequence[Outcome]) -> Iterable[str]:
    """Subjects that share a reason are told in one sentence."""
    by_reason: dict[str, list[str]] = {}
    for outcome in outcomes:
        if isinstance(outcome, NotAssessed):
            by_reason.setdefault(outcome.reason, []).append(outcome.title)
    for reason, titles in by_reason.items():
        yield f"{listed(list(dict.fromkeys(titles)))}: {reason}"


def _recording(quality: Quality) -> Iterable[str]:
    share = figure(100 * quality.coverage)
    yield (
        f"The log spans {figure(quality.duration_s, 's')}, of which {share} % was recorded, "
        f"and holds {figure(quality.flight_s, 's')} of flight."
    )
    if quality.has_flight and quality.verdict is not Verdict.USABLE:
        words = "in part only" if quality.verdict is Verdict.LIMITED else "not at all"
        yield f"The flight can be judged {words}."
    yield from quality.reasons
