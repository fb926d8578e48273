"""How close a flight came to the limits that tell of wear.

Closeness is one number for every measure: 0 far away, 1 at the limit, from 1 to 2 beyond the limit
of a warning, 2 beyond that of a critical finding. What the analysis keeps of a flight is enough for
it: the worst value and the limit of each finding, and of each check that found nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

BEYOND = 2.0


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    is_bad_below: bool = False


MEASURES = {
    "motors.spread": Measure("spread of the motors' outputs"),
    "motors.deviation": Measure("deviation of one motor"),
    "motors.speed": Measure("speed of the slowest motor", is_bad_below=True),
    "battery.sag": Measure("sag of the battery voltage"),
    "vibration.level_ardupilot": Measure("vibration"),
    "vibration.level_px4": Measure("vibration"),
    "vibration.hover": Measure("vibration in hover"),
}
"""The rules whose observed value changes as parts wear, by rule id. Charge left and cell voltage
are not among them: they tell how long somebody flew on one charge."""


def closeness(
    rule_id: str, observed: float | None, limit: float | None, severity: str = ""
) -> float | None:
    """How close a flight came to a rule's limit, 0-2.

    ``severity`` is the finding's, empty for a check that found nothing. None where the rule tells
    of no wear, or nothing was measured.
    """
    measure = MEASURES.get(rule_id)
    if measure is None or observed is None or limit is None or limit <= 0:
        return None
    if severity == "critical":
        return BEYOND
    ratio = _ratio(observed, limit, is_bad_below=measure.is_bad_below)
    # A value past the limit too shortly to count is a pass: at the limit, not beyond it.
    return min(max(ratio, 1.0), BEYOND) if severity == "warning" else min(max(ratio, 0.0), 1.0)


def _ratio(observed: float, limit: float, *, is_bad_below: bool) -> float:
    if not is_bad_below:
        return observed / limit
    return limit / observed if observed > 0 else BEYOND
