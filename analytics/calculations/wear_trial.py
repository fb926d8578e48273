"""Scoring simulated aircraft day by day with both wear scores, strictly from what lies behind.

What must never happen: a score that knows something of the days after it. Each day's score is made
by ``Past``, which looks at flights and dates up to that day only; a test changes all that comes
after and compares.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from analytics.calculations.ranking import Flags, Numbers
from analytics.calculations.simulated_flights import SimulatedFlight
from analytics.calculations.wear import FINDING_DAYS, RISK_DAYS, WearFigures, wear_score
from analytics.calculations.wear_drift import HISTORY_DAYS, FlownFlight, drift_score, points_of
from analytics.calculations.wear_simulation import History, day_of

HORIZON_DAYS = 14
FIRST_SCORED = 60
"""Earlier days have too little behind them for either score."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One aircraft's scored days (numbers, from 0), both scores of each, and what came.

    ``fails_soon`` is whether it failed within the 14 days after. Days in repair are left out, and
    the last 14, of which nobody knows what comes.
    """

    days: np.ndarray[tuple[int], np.dtype[np.int64]]
    version_1: Numbers
    version_2: Numbers
    fails_soon: Flags
    failures: tuple[int, ...]


class Past:
    """An aircraft as it is known at the end of a day."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._days = [flight.day for flight in history.flights]
        self._flown = [_flown(flight) for flight in history.flights]

    def version_1(self, day: int) -> float:
        found: Counter[str] = Counter()
        month = self._between(day - FINDING_DAYS, day)
        for flight in month:
            found.update(component for component, _ in flight.findings)
        week = self._between(day - RISK_DAYS, day)
        risks = [Decimal(repr(each.risk)) for each in week if each.risk is not None]
        figures = WearFigures(
            today=day_of(day),
            motor=found["motor"],
            control_surface=found["control_surface"],
            battery=found["battery"],
            analysed_flights=len(month),
            scored_flights=len(risks),
            risk_sum=sum(risks, start=Decimal(0)),
            maintenance_on=self._history.due[day],
        )
        return float(wear_score(figures).score)

    def version_2(self, day: int) -> float:
        first, last = self._span(day - HISTORY_DAYS, day)
        flown = self._flown[first:last]
        due = self._history.due[day]
        return float(drift_score(flown, today=day_of(day), maintenance_on=due).score)

    def _between(self, after: int, until: int) -> list[SimulatedFlight]:
        first, last = self._span(after, until)
        return self._history.flights[first:last]

    def _span(self, after: int, until: int) -> tuple[int, int]:
        """The flights of the days above ``after``, up to ``until``."""
        return bisect_right(self._days, after), bisect_right(self._days, until)


def tried(history: History) -> Trial:
    """Both scores of every day the aircraft was in service."""
    past, last = Past(history), len(history.due) - HORIZON_DAYS
    days = [day for day in range(FIRST_SCORED, last) if day not in history.on_ground]
    return Trial(
        days=np.array(days, dtype=np.int64),
        version_1=np.array([past.version_1(day) for day in days]),
        version_2=np.array([past.version_2(day) for day in days]),
        fails_soon=np.array([_fails_soon(history.failures, day) for day in days], dtype=bool),
        failures=tuple(history.failures),
    )


def _fails_soon(failures: list[int], day: int) -> bool:
    following = bisect_right(failures, day)
    return bisect_left(failures, day + HORIZON_DAYS + 1) > following


def _flown(flight: SimulatedFlight) -> FlownFlight:
    return FlownFlight(
        day=day_of(flight.day),
        hours=flight.hours,
        risk=flight.risk,
        finding_points=points_of(flight.findings),
        closeness=flight.closeness,
    )
