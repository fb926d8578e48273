"""Simulated wear, to hold the two wear scores against each other.

Nobody's fleet: an invented one, under assumptions that are written here and were not fitted to
either score. What the scores see is what the database would hold; the wear itself is hidden.

The fleet. Each aircraft flies at a pace of its own (on average 0.2 to 1.5 flights a day, each of
about 20 minutes) and has three parts: motor, control surface and battery. A part wears with the
hours flown and fails at the end of its life (median 120 hours, log-normal, sigma 0.4). One aircraft
in six is faulty: one of its parts wears three times as fast. Parts have different ages to begin
with. Besides, any part may fail by chance, at a rate per hour that has nothing to do with wear.

What shows. Wear shows from a share of a part's life on (``visible_from``) and grows linearly from
there to the end. A part that shows wear fully gives 0.8 findings a flight, one in five of them
critical; one that shows none gives 0.02. Motor and battery have a measure: a level of the
aircraft's own (0.25 to 0.6 of the limit), plus 0.6 for wear that shows fully, plus noise (0.08);
beyond the limit it is a finding of its own, critical from 1.4 times the limit. A share of the
aircraft measures nothing, and a flight in ten misses its measure. Control surfaces have none, as
no log tells of them. One flight in ten has a finding about something else, which counts in its
risk. The risk comes from the findings by the product's own formula; one flight in twenty could not
be assessed and has neither findings nor a risk.

What is done. Maintenance is due every 90 days and carried out up to 14 days late. It renews a part
worn beyond 60 % of its life four times in five, and leaves the others. Whatever fails is renewed
and the aircraft stays on the ground for three days; the date of the next maintenance stays. Nobody
acts on the scores: that would hide what they are to be measured by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from analytics.calculations.simulated_flights import PARTS, SimulatedFlight, fly

FIRST_DAY = date(2025, 1, 1)
LIFE_H, LIFE_SIGMA = 120.0, 0.4
FAULTY_SHARE, FAULTY_PACE = 1 / 6, 3.0
INTERVAL_DAYS, LATE_DAYS = 90, 14
WORN_FROM, RENEWED_SHARE = 0.6, 0.8
REPAIR_DAYS = 3
FLIGHT_H, FLIGHT_SIGMA = 1 / 3, 0.35


@dataclass(frozen=True, slots=True)
class Assumptions:
    """One set: what differs between the worlds that the scores are tried in."""

    name: str
    text: str
    visible_from: float
    """Share of a part's life from which its wear shows, 0-1."""
    chance_per_hour: float
    """Rate at which each part fails whatever its wear."""
    measured_share: float
    """Share of the aircraft whose logs hold the measures."""


SETS = (
    Assumptions("early", "Wear shows from 30 % of a part's life on.", 0.3, 0.0005, 0.7),
    Assumptions("late", "Wear shows only in the last 10 % of a part's life.", 0.9, 0.0005, 0.7),
    Assumptions("chance", "Most failures come by chance, with no sign before.", 0.3, 0.006, 0.7),
    Assumptions("unmeasured", "As early, but no log holds a measure.", 0.3, 0.0005, 0.0),
)


@dataclass(slots=True)
class History:
    """What happened to one aircraft. ``due`` has a date for each day, as it was known that day."""

    flights: list[SimulatedFlight] = field(default_factory=list)
    due: list[date] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    """Numbers of days, from 0."""
    on_ground: set[int] = field(default_factory=set)
    """Days in repair."""
    by_chance: int = 0
    """How many of the failures came by chance."""


def day_of(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def simulate_fleet(
    assumptions: Assumptions, *, aircraft: int, days: int, seed: int
) -> Iterator[History]:
    """The histories of so many aircraft over so many days; the same seed makes the same ones."""
    for child in np.random.SeedSequence(seed).spawn(aircraft):
        yield _Life(assumptions, np.random.default_rng(child)).lived(days)


class _Life:
    """One aircraft, day by day."""

    def __init__(self, assumptions: Assumptions, chance: np.random.Generator) -> None:
        self.assumptions, self.chance = assumptions, chance
        self.flights_a_day = chance.uniform(0.2, 1.5)
        self.pace = np.ones(len(PARTS))
        if chance.random() < FAULTY_SHARE:
            self.pace[chance.integers(len(PARTS))] = FAULTY_PACE
        self.is_measured = chance.random() < assumptions.measured_share
        self.base = chance.uniform(0.25, 0.6, size=len(PARTS))
        self.life_h = self._lives(len(PARTS))
        self.worn = chance.uniform(0.0, 0.8, size=len(PARTS))
        self.due = int(chance.integers(1, INTERVAL_DAYS))
        self.done = self._done()
        self.history = History()

    def lived(self, days: int) -> History:
        repaired_on = 0
        for day in range(days):
            if day >= self.done:
                self._maintain(day)
            self.history.due.append(day_of(self.due))
            if day < repaired_on:
                self.history.on_ground.add(day)
            elif self._fails_on(day):
                self.history.failures.append(day)
                repaired_on = day + 1 + REPAIR_DAYS
        return self.history

    def _fails_on(self, day: int) -> bool:
        """Fly the day's flights; whether one of them ended in a failure, which is the last."""
        for _ in range(self.chance.poisson(self.flights_a_day)):
            hours = FLIGHT_H * self.chance.lognormal(0.0, FLIGHT_SIGMA)
            self.worn += hours / self.life_h * self.pace
            self.history.flights.append(self._flight(day, hours))
            by_chance = self.chance.random(len(PARTS)) < hours * self.assumptions.chance_per_hour
            failed = (self.worn >= 1.0) | by_chance
            if failed.any():
                self.history.by_chance += bool(by_chance[failed].all())
                self._renew(failed)
                return True
        return False

    def _flight(self, day: int, hours: float) -> SimulatedFlight:
        hidden = self.assumptions.visible_from
        shown = np.clip((self.worn - hidden) / (1.0 - hidden), 0.0, 1.0)
        base = self.base if self.is_measured else None
        return fly(self.chance, day=day, hours=hours, shown=shown, base=base)

    def _maintain(self, day: int) -> None:
        found = (self.worn > WORN_FROM) & (self.chance.random(len(PARTS)) < RENEWED_SHARE)
        self._renew(found)
        self.due = day + INTERVAL_DAYS
        self.done = self._done()

    def _renew(self, which: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        self.worn[which] = 0.0
        self.life_h[which] = self._lives(int(which.sum()))

    def _lives(self, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return LIFE_H * self.chance.lognormal(0.0, LIFE_SIGMA, size=count)

    def _done(self) -> int:
        return self.due + int(self.chance.integers(0, LATE_DAYS + 1))
