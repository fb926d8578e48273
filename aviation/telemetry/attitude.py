"""How an aircraft is turned: angles from quaternions."""

from __future__ import annotations

import numpy as np

from aviation.telemetry.record import FloatArray


def euler_rad(
    w: FloatArray, x: FloatArray, y: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Roll, pitch and yaw in radians (aerospace order, yaw first) of unit quaternions."""
    roll = np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    pitch = np.arcsin(np.clip(2 * (w * y - z * x), -1.0, 1.0))
    yaw = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    return roll, pitch, yaw
