"""The air a flight goes through: a steady wind and turbulence carried by it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.noise import coloured, stream
from aviation.telemetry.simulation.plan import FlightPlan

_SPEED_MS = {"multirotor": (1.5, 5.0), "fixed_wing": (2.0, 5.5)}
_GUST_TIME_S = 2.2
_VERTICAL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Wind:
    """``mean_ms`` is where the air moves to (north, east, down); ``direction_rad`` likewise."""

    mean_ms: FloatArray
    direction_rad: float
    seed: int

    def gusts(self, count: int) -> FloatArray:
        """Turbulence (count, 3) in m/s; its strength grows with the wind."""
        strength = 0.15 + 0.11 * float(np.linalg.norm(self.mean_ms))
        rng = stream(self.seed, "gusts")
        gusts = coloured(rng, (count, 3), _GUST_TIME_S, strength, order=1)
        gusts[:, 2] *= _VERTICAL_SHARE
        return gusts


def wind_of(plan: FlightPlan) -> Wind:
    """The wind of the day, chosen by the plan's seed."""
    rng = stream(plan.seed, "wind")
    speed = rng.uniform(*_SPEED_MS[plan.vehicle])
    direction = rng.uniform(-np.pi, np.pi)
    mean = speed * np.array([np.cos(direction), np.sin(direction), 0.0])
    return Wind(mean, direction, plan.seed)
