"""What the wear score's parts weigh: the published figures, and what others may be."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from decimal import Decimal

GREATEST = Decimal(1_000)
PLACES = 3
LEVEL_PLACES = 1
"""Of the levels' limits: as many as a score is shown with, which is never rounded up. So what is
shown reaches a limit just when the score does."""
LEVELS = ("urgent_from", "high_from", "medium_from")


@dataclass(frozen=True, slots=True)
class Weights:
    """Points for each thing that wears on an aircraft, the limits of the levels, and the numbers
    of findings above which a part is to be looked at. The defaults are the published figures."""

    motor: Decimal = Decimal("0.4")
    control_surface: Decimal = Decimal("0.3")
    battery: Decimal = Decimal("0.2")
    risk: Decimal = Decimal(10)
    overdue: Decimal = Decimal(30)
    due_in_7_days: Decimal = Decimal(20)
    due_in_30_days: Decimal = Decimal(10)
    urgent_from: Decimal = Decimal(50)
    high_from: Decimal = Decimal(30)
    medium_from: Decimal = Decimal(15)
    motor_above: Decimal = Decimal(5)
    control_surface_above: Decimal = Decimal(3)
    battery_above: Decimal = Decimal(2)

    def problems(self) -> dict[str, str]:
        """What is wrong with them, by the field it is wrong in; empty when they can be used."""
        found = {
            name: problem
            for name, value in asdict(self).items()
            if (problem := _problem(value, _places(name))) is not None
        }
        return found or self._disorder()

    def _disorder(self) -> dict[str, str]:
        found = {}
        if not self.urgent_from > self.high_from > self.medium_from > 0:
            found["urgent_from"] = (
                "Urgent must begin above high, high above medium, medium above 0."
            )
        if not self.overdue >= self.due_in_7_days >= self.due_in_30_days:
            found["overdue"] = "Overdue must weigh no less than due in 7 days, nor that than in 30."
        return found


def _places(name: str) -> int:
    return LEVEL_PLACES if name in LEVELS else PLACES


def _problem(value: Decimal, places: int) -> str | None:
    if not value.is_finite() or not 0 <= value <= GREATEST:
        return f"This must be a number from 0 to {GREATEST}."
    if value != value.quantize(Decimal(1).scaleb(-places)):
        return f"This may have {places} decimal place{'s' if places > 1 else ''}."
    return None


PUBLISHED = Weights()
NAMES = tuple(each.name for each in fields(Weights))
