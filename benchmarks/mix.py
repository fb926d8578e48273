"""An hour of twenty users of one organization's API, the same each time it is made.

Twelve are programs that look every ten seconds: a board of the fleet, a ticket system that takes
critical findings, a copy of the newest analyses. Eight are people with a reporting tool or a phone,
three looks a minute each: lists with filters, then single flights' analyses, new ones far more
often than old ones. Two of the people are pilots, who see their own flights only. Meanwhile the
fleet works: a flight is imported and analysed every twelve minutes, an aircraft changed every half
hour.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

MINUTES = 60
PROGRAMS, PEOPLE, PILOTS = 12, 8, 2
AIRCRAFT, ANALYSES = 20, 60
POLLED = (
    "aircraft/",
    "analyses/?page_size=20",
    "findings/?severity=critical",
    "analyses/?risk_level=high",
)
LOOKED_AT = ("aircraft/", "analyses/", "findings/", "findings/?severity=warning")


@dataclass(frozen=True, slots=True)
class Step:
    """A read by a user, or a change of the fleet."""

    at_s: float
    user: int
    """-1 for the fleet's own work."""
    what: str
    """A path below /api/v1/; for a single thing ``analysis N`` or ``aircraft N``, N counted from
    the newest. For the fleet ``import`` or ``change``."""


def steps(seed: int = 20) -> list[Step]:
    """The whole hour in order."""
    chance = random.Random(seed)  # noqa: S311 - the same each time is what is wanted
    found = [
        Step(offset + 10.0 * turn, user, POLLED[user % len(POLLED)])
        for user in range(PROGRAMS)
        for offset in [chance.uniform(0, 10)]
        for turn in range(MINUTES * 6)
    ]
    for user in range(PROGRAMS, PROGRAMS + PEOPLE):
        at_s = chance.uniform(0, 20)
        while at_s < 60 * MINUTES:
            found.append(Step(at_s, user, _look(chance)))
            at_s += chance.expovariate(1 / 20)
    found += [Step(720.0 * turn + 400, -1, "import") for turn in range(MINUTES // 12)]
    found += [Step(1_800.0 * turn + 900, -1, "change") for turn in range(MINUTES // 30)]
    return sorted(found, key=lambda step: (step.at_s, step.user))


def _look(chance: random.Random) -> str:
    """One look of a person; of single things the newest come first by far."""
    kind = chance.random()
    if kind < 0.5:
        return chance.choice(LOOKED_AT)
    if kind < 0.85:
        return f"analysis {min(int(chance.paretovariate(1.0)) - 1, ANALYSES - 1)}"
    return f"aircraft {min(int(chance.paretovariate(1.0)) - 1, AIRCRAFT - 1)}"
