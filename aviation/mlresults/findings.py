"""What a rule can say about a flight: a finding, a pass, or that it could not be assessed.

The three are separate types so that "not assessed" can never be mistaken for "fine" or for a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Component(StrEnum):
    """The part of the aircraft a rule speaks about; the wear score counts findings by it."""

    MOTOR = "motor"
    CONTROL_SURFACE = "control_surface"
    BATTERY = "battery"
    POWER = "power"
    GPS = "gps"
    COMPASS = "compass"
    BAROMETER = "barometer"
    INERTIAL = "inertial"
    ESTIMATOR = "estimator"
    VIBRATION = "vibration"
    ATTITUDE = "attitude"
    RADIO = "radio"
    AUTOPILOT = "autopilot"
    LOGGING = "logging"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for critical."""
        return list(Severity).index(self)


class Comparison(StrEnum):
    """How the observed value stands to the limit."""

    ABOVE = "above"
    BELOW = "below"
    NONE = "none"
    """An event without a measured value, such as an error the autopilot recorded."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a pilot should know, with the second it began and the limit it went past.

    Times are seconds on the log's boot clock. ``source`` names who published the limit.
    """

    rule_id: str
    rule_version: int
    component: Component
    severity: Severity
    title: str
    text: str
    start_s: float
    end_s: float
    observed: float | None
    limit: float | None
    unit: str
    comparison: Comparison
    source: str
    channel: str
    is_on_ground: bool
    is_standing: bool = False
    """Holds from the outset or is a figure of the whole flight: its start is no moment at which
    something broke, so it never counts as the first sign of trouble."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A check that was made and found nothing; ``observed`` is the worst value it saw."""

    rule_id: str
    component: Component
    title: str
    observed: float | None
    limit: float | None
    unit: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """A check that could not be made, and why: neither fine nor a fault."""

    rule_id: str
    component: Component
    title: str
    reason: str


Outcome = Finding | Passed | NotAssessed
