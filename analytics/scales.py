"""Axes of charts, on a screen and on paper: they begin at zero and end at a round number."""

from __future__ import annotations

import math
from dataclasses import dataclass

STEPS = (1, 2, 5, 10)
ABOUT_TICKS = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """From zero at ``height`` up to ``top`` at 0, with a tick at each ``step``.

    Lengths are in the unit of ``height``: pixels, or millimetres.
    """

    top: float
    step: float
    height: float

    def down(self, number: float) -> float:
        """How far below the top, as SVG and PDF count."""
        return self.height * (1 - number / self.top)

    def ticks(self) -> list[float]:
        return [index * self.step for index in range(round(self.top / self.step) + 1)]

    def label(self, number: float) -> str:
        """With the decimals that the step needs, thousands apart."""
        decimals = max(0, -math.floor(math.log10(self.step) + 1e-9))
        return f"{number:,.{decimals}f}"


def scale_for(highest: float, height: float, *, is_whole: bool = False) -> Scale:
    """The axis for values from 0 to ``highest``; ``is_whole``: of things that come whole."""
    step = _round_step(highest / ABOUT_TICKS) if highest > 0 else 1.0
    step = max(step, 1.0) if is_whole else step
    top = step * max(math.ceil(highest / step - 1e-9), 1)
    return Scale(top, step, height)


def _round_step(rough: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    factor = next((each for each in STEPS if rough <= each * power * (1 + 1e-9)), 10)
    return factor * power
