"""What is wearing out, the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from analytics.calculations.wear import WearLevel, WearPart, WearSource
from analytics.reading.evidence import EvidenceKind
from analytics.reading.wear import WearStanding, wear_list
from aviation.pages.charts.shares import Bar, Part, ShareChart, share_chart
from aviation.pages.charts.values import Tone, Value, Words
from aviation.pages.dashboards.links import anomalies_link, flights_link
from aviation.pages.dashboards.wording import counted, points, rounded

MOST_BARS = 15
SOURCES = (
    (WearSource.MOTOR, "Motors", Tone.ONE),
    (WearSource.CONTROL_SURFACE, "Control surfaces", Tone.TWO),
    (WearSource.BATTERY, "Battery", Tone.THREE),
    (WearSource.RISK, "Average risk", Tone.FOUR),
    (WearSource.MAINTENANCE, "Maintenance due", Tone.FIVE),
)
WORRYING = (WearLevel.URGENT, WearLevel.HIGH)
NOT_ASSESSED = "not_assessed"
NOTHING_KNOWN = "No flight to judge it by"


@dataclass(frozen=True, slots=True)
class WearPartRow:
    """``text`` says how the points came about; ``link`` leads to what they were counted from."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class WearRow:
    name: str
    link: str
    score: str
    level: str
    """A WearLevel, or NOT_ASSESSED."""
    action: str
    parts: tuple[WearPartRow, ...]
    together: str
    """The end of the sentence that the parts begin."""

    @property
    def level_label(self) -> str:
        return self.level.replace("_", " ").capitalize()


def maintenance_page(at: datetime) -> dict[str, Any]:
    standings = wear_list(at)
    return {
        "wear_rows": [wear_row(each) for each in standings],
        "wear_chart": _wear_chart(standings),
        "levels": [
            (level, sum(1 for each in standings if _level_of(each) == level))
            for level in (*reversed(WearLevel), NOT_ASSESSED)
        ],
        "weights_version": standings[0].weights_version if standings else None,
    }


def wear_row(standing: WearStanding) -> WearRow:
    aircraft, wear = standing.aircraft, standing.wear
    return WearRow(
        name=f"{aircraft.registration} ({aircraft.name})"
        if aircraft.name
        else aircraft.registration,
        link=_page_of(standing),
        score=points(wear.score),
        level=_level_of(standing),
        action=NOTHING_KNOWN if _level_of(standing) == NOT_ASSESSED else wear.action.label,
        parts=tuple(
            WearPartRow(part.text, _evidence_link(standing, part) if part.points else "")
            for part in wear.parts
        ),
        together=wear.sentence[wear.sentence.index("together") :],
    )


def shown_level(level: WearLevel, *, is_assessed: bool) -> str:
    """Low only where something was looked at: nobody takes what is not known for fine."""
    return NOT_ASSESSED if level is WearLevel.LOW and not is_assessed else level


def _level_of(standing: WearStanding) -> str:
    return shown_level(standing.wear.level, is_assessed=standing.wear.is_assessed)


def _page_of(standing: WearStanding) -> str:
    return reverse("aircraft-detail", kwargs={"aircraft_id": standing.aircraft.aircraft_id})


def _evidence_link(standing: WearStanding, part: WearPart) -> str:
    evidence = standing.evidence[part.source]
    if evidence.kind is EvidenceKind.FINDINGS:
        return anomalies_link(
            evidence.period, component=evidence.component, aircraft=evidence.aircraft_id
        )
    if evidence.kind is EvidenceKind.ANALYSES:
        return flights_link(evidence.period, aircraft=evidence.aircraft_id, risk_level="assessed")
    return _page_of(standing)


def _wear_chart(standings: Sequence[WearStanding]) -> ShareChart:
    bars = [_bar(each) for each in standings if each.wear.score]
    worrying = sum(1 for each in standings if each.wear.level in WORRYING)
    words = Words(
        key="wear",
        title="Wear score by aircraft",
        unit="points",
        summary=(
            f"{counted(worrying, 'aircraft', 'aircraft')} of {len(standings)} at level high"
            " or urgent. The points order what to look at first; they are no probability."
        ),
        empty="No aircraft has a point: nothing was found in 30 days and no maintenance is due.",
        slots="Aircraft",
    )
    return share_chart(words, bars[:MOST_BARS])


def _bar(standing: WearStanding) -> Bar:
    given = {part.source: part.points for part in standing.wear.parts}
    parts = tuple(
        Part(name, tone, Value(float(given[source]), rounded(given[source], 1)))
        for source, name, tone in SOURCES
    )
    text = f"{points(standing.wear.score)}, {_level_of(standing).replace('_', ' ')}"
    return Bar(standing.aircraft.registration, parts, Value(None, text), _page_of(standing))
