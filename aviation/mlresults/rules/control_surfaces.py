"""Control surfaces of aeroplanes: said openly that no honest limit exists for what logs hold."""

from __future__ import annotations

from collections.abc import Iterator

from aviation.mlresults.findings import Component, Outcome
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.rule import Rule
from aviation.telemetry.record import VehicleType

WINGED = frozenset({VehicleType.FIXED_WING, VehicleType.VTOL})


def judge_surfaces(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """Never a verdict: logs hold commands, not where the surfaces stood, and the copters' 10°
    limit fires on nearly every healthy aeroplane."""
    del context
    yield rule.not_assessed(
        "The log holds no positions of the control surfaces, and the published limits on "
        "attitude error are for multirotors."
    )


RULES = (
    Rule(
        "control_surfaces.response", 1, Component.CONTROL_SURFACE, "Control surfaces",
        judge_surfaces, vehicle_types=WINGED,
    ),
)  # fmt: skip
