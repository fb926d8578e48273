"""Where the things behind a number are found: filters that the lists of the API understand."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from analytics.periods import Period


class EvidenceKind(StrEnum):
    """Which list holds it."""

    FINDINGS = "findings"
    ANALYSES = "analyses"
    AIRCRAFT = "aircraft"
    """The aircraft's own record: the date of its maintenance."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a number was counted from. The list narrowed by ``filters`` holds just these."""

    kind: EvidenceKind
    aircraft_id: uuid.UUID
    period: Period
    component: str = ""
    """Of findings: the part of the aircraft. Severities are warning and critical."""

    @property
    def filters(self) -> dict[str, str]:
        if self.kind is EvidenceKind.AIRCRAFT:
            return {}
        start, end = self.period.moments
        filters = {
            "aircraft": str(self.aircraft_id),
            "started_after": start.isoformat(),
            "started_before": end.isoformat(),
        }
        if self.kind is EvidenceKind.ANALYSES:
            return filters | {"is_scored": "true"}
        return filters | {"component": self.component, "is_anomaly": "true"}
