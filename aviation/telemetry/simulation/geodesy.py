"""Metres around a home point to latitude and longitude, good to centimetres within 10 km."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.record import FloatArray

_EQUATOR_RADIUS_M = 6_378_137.0
_ECCENTRICITY_SQUARED = 6.694_379_990_14e-3


def degrees_of(
    home: tuple[float, float, float], north_m: FloatArray, east_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude in degrees on the WGS 84 ellipsoid."""
    latitude = np.radians(home[0])
    flat = 1 - _ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    meridian_m = _EQUATOR_RADIUS_M * (1 - _ECCENTRICITY_SQUARED) / flat**1.5
    parallel_m = _EQUATOR_RADIUS_M / np.sqrt(flat) * np.cos(latitude)
    return home[0] + np.degrees(north_m / meridian_m), home[1] + np.degrees(east_m / parallel_m)
