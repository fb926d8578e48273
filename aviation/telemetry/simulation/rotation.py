"""Attitude arithmetic on whole flights at once.

Quaternions are (n, 4), w first, and turn body axes (forward, right, down) into north, east, down.
Euler angles are (n, 3): roll, pitch, yaw in radians.
"""

from __future__ import annotations

import numpy as np

from aviation.telemetry.attitude import euler_rad
from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.grid import derivative


def quaternion_of(euler: FloatArray) -> FloatArray:
    """Quaternion of roll, pitch and yaw; continuous where the angles are."""
    cr, cp, cy = np.cos(euler / 2).T
    sr, sp, sy = np.sin(euler / 2).T
    return np.stack(
        [
            cr * cp * cy + sr * sp * sy,
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
        ],
        axis=1,
    )


def euler_of(quaternion: FloatArray) -> FloatArray:
    """Roll, pitch and yaw of a quaternion, each within half a turn."""
    return np.stack(euler_rad(*quaternion.T), axis=1)


def multiply(left: FloatArray, right: FloatArray) -> FloatArray:
    """Quaternion product: first ``right``, then ``left``."""
    scalar = left[:, 0] * right[:, 0] - np.sum(left[:, 1:] * right[:, 1:], axis=1)
    vector = left[:, :1] * right[:, 1:] + right[:, :1] * left[:, 1:]
    vector = vector + np.cross(left[:, 1:], right[:, 1:])
    return np.concatenate([scalar[:, None], vector], axis=1)


def conjugate(quaternion: FloatArray) -> FloatArray:
    result: FloatArray = quaternion * np.array([1.0, -1.0, -1.0, -1.0])
    return result


def to_earth(quaternion: FloatArray, vectors: FloatArray) -> FloatArray:
    """Body vectors (n, 3) seen in north, east, down."""
    axis = quaternion[:, 1:]
    twice = 2 * np.cross(axis, vectors)
    result: FloatArray = vectors + quaternion[:, :1] * twice + np.cross(axis, twice)
    return result


def to_body(quaternion: FloatArray, vectors: FloatArray) -> FloatArray:
    """North, east, down vectors (n, 3) seen in the body's axes."""
    return to_earth(conjugate(quaternion), vectors)


def continuous(quaternion: FloatArray) -> FloatArray:
    """The same attitudes with no jump of sign between neighbours."""
    agreement = np.sum(quaternion[1:] * quaternion[:-1], axis=1)
    sign = np.concatenate([[1.0], np.cumprod(np.where(agreement < 0, -1.0, 1.0))])
    result: FloatArray = quaternion * sign[:, None]
    return result


def body_rates(quaternion: FloatArray) -> FloatArray:
    """Angular velocity (n, 3) about the body's axes in rad/s."""
    smooth = continuous(quaternion)
    return 2 * multiply(conjugate(smooth), derivative(smooth))[:, 1:]
