"""Random signals with the colour of gusts and sensor errors, repeatable for a seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.grid import STEP_S

ComplexArray = NDArray[np.complex128]


def stream(seed: int, purpose: str) -> np.random.Generator:
    """An own random source for each purpose, so that changing one signal leaves the others."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def respond(values: FloatArray, transfer: Callable[[ComplexArray], ComplexArray]) -> FloatArray:
    """``values`` (time first) sent through a linear system given as a function of s = i omega.

    The system is taken to be at rest before the start; the tail is padded so that the end of the
    flight does not leak into its beginning.
    """
    count = len(values)
    padded = 2 ** int(np.ceil(np.log2(count + 4096)))
    s: ComplexArray = np.array(2j * np.pi * np.fft.rfftfreq(padded, STEP_S), np.complex128)
    gain = transfer(s).reshape(-1, *[1] * (values.ndim - 1))
    result: FloatArray = np.fft.irfft(np.fft.rfft(values, padded, axis=0) * gain, axis=0)[:count]
    return result


def coloured(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    time_constant_s: float,
    deviation: float,
    order: int = 2,
) -> FloatArray:
    """Noise whose spectrum falls off beyond 1 / ``time_constant_s``.

    ``deviation`` is its standard deviation. Order 1 has the ragged path of turbulence, order 2 has
    a smooth first derivative.
    """
    warm_up = min(int(8 * time_constant_s / STEP_S), 30_000)
    white = rng.standard_normal((shape[0] + warm_up, *shape[1:]))
    filtered = respond(white, lambda s: 1 / (1 + s * time_constant_s) ** order)[warm_up:]
    gain = np.sqrt(STEP_S / time_constant_s * (0.5 if order == 1 else 0.25))
    result: FloatArray = filtered * (deviation / gain)
    return result
