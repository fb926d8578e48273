"""Angles: attitude from quaternions, and angles brought into their range."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.attitude import euler_rad
from aviation.telemetry.record import FloatArray


def euler_deg(
    w: FloatArray, x: FloatArray, y: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Roll, pitch and yaw in degrees of unit quaternions."""
    roll, pitch, yaw = euler_rad(w, x, y, z)
    return np.degrees(roll), np.degrees(pitch), np.degrees(yaw)


def wrap_180(angle_deg: FloatArray) -> FloatArray:
    """The same angle within [-180, 180)."""
    return np.mod(angle_deg + 180.0, 360.0) - 180.0
