"""Everything known about one simulated flight, for those that write it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation.airframes import AEROPLANE, QUADROTOR, Aeroplane, Quadrotor
from aviation.telemetry.simulation.battery import Battery
from aviation.telemetry.simulation.grid import RATE_HZ
from aviation.telemetry.simulation.motion import Motion
from aviation.telemetry.simulation.navigation import Estimate, Receiver
from aviation.telemetry.simulation.noise import stream
from aviation.telemetry.simulation.plan import FlightPlan
from aviation.telemetry.simulation.propulsion import Propulsion
from aviation.telemetry.simulation.states import States
from aviation.telemetry.simulation.vibration import Vibration
from aviation.telemetry.simulation.wind import Wind

IndexArray = NDArray[np.int64]
_US_PER_STEP = 1_000_000 // RATE_HZ
_JITTER_US = 300


@dataclass(frozen=True, slots=True)
class Scene:
    """All parts of a flight on the common grid."""

    plan: FlightPlan
    boot_s: float
    """The boot clock at the start of the log: the autopilot was switched on earlier."""
    wind: Wind
    motion: Motion
    states: States
    propulsion: Propulsion
    battery: Battery
    vibration: Vibration
    receiver: Receiver
    estimate: Estimate

    def __len__(self) -> int:
        return len(self.motion)

    @property
    def is_multirotor(self) -> bool:
        return self.plan.vehicle == "multirotor"

    @property
    def airframe(self) -> Quadrotor | Aeroplane:
        return QUADROTOR if self.is_multirotor else AEROPLANE

    @property
    def start_us(self) -> int:
        return self.boot_us(0.0)

    def boot_us(self, time_s: float) -> int:
        """Microseconds on the boot clock, from seconds since the start of the log."""
        return round((self.boot_s + time_s) * 1e6)

    @property
    def motor_command(self) -> FloatArray:
        """What each motor is told, 0 to 1 of what the battery can give at this moment (n, k)."""
        full_rpm = self.airframe.rpm_per_volt * self.battery.voltage_v
        result: FloatArray = np.clip(self.propulsion.wanted_rpm / full_rpm[:, None], 0, 1)
        return result


@dataclass(frozen=True, slots=True)
class Samples:
    """The grid points at which one topic is logged, and the times written beside them."""

    index: IndexArray
    timestamp_us: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.index)


def samples(scene: Scene, topic: str, rate_hz: int) -> Samples:
    """``rate_hz`` (a divisor of the grid's) times a second, each a little late, as in real logs."""
    return _stamped(scene, topic, np.arange(0, len(scene), RATE_HZ // rate_hz))


def samples_with_changes(
    scene: Scene, topic: str, rate_hz: int, states: Sequence[NDArray[np.generic]]
) -> Samples:
    """As ``samples``, and one more wherever one of ``states`` changes."""
    regular = np.arange(0, len(scene), RATE_HZ // rate_hz)
    changes = [np.flatnonzero(state[1:] != state[:-1]) + 1 for state in states]
    return _stamped(scene, topic, np.unique(np.concatenate([regular, *changes])))


def _stamped(scene: Scene, topic: str, index: IndexArray) -> Samples:
    rng = stream(scene.plan.seed, f"clock of {topic}")
    late_us = int(rng.integers(0, 4_000)) + rng.integers(0, _JITTER_US, len(index))
    stamps = scene.start_us + index * _US_PER_STEP + late_us
    return Samples(index, stamps.astype(np.uint64))
