"""A circle on the globe, and the ranges of latitude and longitude that hold it."""

from __future__ import annotations

import math
from dataclasses import dataclass

EARTH_RADIUS_M = 6_371_008.8
SLACK_DEG = 1e-7
"""A centimetre: rounding must not leave out what lies on the edge."""


@dataclass(frozen=True, slots=True)
class Circle:
    """All places within ``radius_m`` of one, along the surface of a sphere."""

    latitude: float
    longitude: float
    radius_m: float

    @property
    def latitudes(self) -> tuple[float, float]:
        reach = self._reach_deg
        return max(self.latitude - reach, -90.0), min(self.latitude + reach, 90.0)

    @property
    def longitudes(self) -> tuple[tuple[float, float], ...]:
        """One range, or two where the circle lies over 180°; all the way round at a pole."""
        if abs(self.latitude) + self._reach_deg >= 90.0:
            return ((-180.0, 180.0),)
        sine = math.sin(self.radius_m / EARTH_RADIUS_M) / math.cos(math.radians(self.latitude))
        reach = math.degrees(math.asin(min(sine, 1.0))) + SLACK_DEG
        west, east = self.longitude - reach, self.longitude + reach
        if west <= -180.0:
            return (-180.0, east), (west + 360.0, 180.0)
        if east >= 180.0:
            return (west, 180.0), (-180.0, east - 360.0)
        return ((west, east),)

    @property
    def _reach_deg(self) -> float:
        return math.degrees(self.radius_m / EARTH_RADIUS_M) + SLACK_DEG
