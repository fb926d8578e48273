"""The two aircraft the simulator flies, in numbers a builder of such aircraft would recognise.

Body axes are forward, right, down. A quadrotor's motors are numbered as PX4 does: front right,
rear left (both anticlockwise from above), front left, rear right (both clockwise).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.record import FloatArray

GRAVITY_MS2 = 9.80665


@dataclass(frozen=True, slots=True)
class Pack:
    """A lithium polymer battery."""

    cells: int
    capacity_ah: float
    resistance_ohm: float


@dataclass(frozen=True, slots=True)
class Quadrotor:
    mass_kg: float = 3.4
    inertia_kgm2: tuple[float, float, float] = (0.055, 0.055, 0.095)
    arm_m: float = 0.32
    torque_per_thrust_m: float = 0.016
    thrust_per_rpm2: float = 3.1e-7
    max_thrust_n: float = 20.6
    rpm_per_volt: float = 340.0
    drag_per_s: float = 0.18
    """Deceleration in m/s² for each m/s of airspeed."""
    power_factor: float = 4.7
    """Electrical watts of one motor over its thrust in newtons to the power of 1.5."""
    pack: Pack = Pack(cells=6, capacity_ah=12.0, resistance_ohm=0.016)

    @property
    def motors(self) -> int:
        return 4

    @property
    def hover_thrust_n(self) -> float:
        """Of one motor."""
        return self.mass_kg * GRAVITY_MS2 / self.motors

    @property
    def mixer(self) -> FloatArray:
        """(4, 4): total thrust and roll, pitch, yaw torque that each motor's newton makes."""
        x, y = self.motor_places_m.T
        spin = np.array([1.0, 1.0, -1.0, -1.0]) * self.torque_per_thrust_m
        return np.stack([np.ones(4), -y, x, spin])

    @property
    def unmixer(self) -> FloatArray:
        """(4, 4): the motors' thrusts for a total thrust and torques."""
        return np.linalg.inv(self.mixer).astype(np.float64)

    @property
    def motor_places_m(self) -> FloatArray:
        """(4, 2): forward and right of the centre."""
        corners = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
        result: FloatArray = corners * self.arm_m / np.sqrt(2)
        return result


@dataclass(frozen=True, slots=True)
class Aeroplane:
    mass_kg: float = 3.0
    cruise_ms: float = 18.0
    glide_ms: float = 15.0
    parasitic_drag: float = 0.0040
    """Newtons over airspeed squared."""
    induced_drag: float = 324.0
    """Newtons times airspeed squared, at one g."""
    thrust_per_rpm2: float = 1.53e-7
    advance_loss: float = 4.24e-5
    """Newtons of thrust that one rpm and one m/s of airspeed take away."""
    rpm_per_volt: float = 800.0
    propulsive_efficiency: float = 0.52
    pack: Pack = Pack(cells=4, capacity_ah=8.0, resistance_ohm=0.018)

    @property
    def motors(self) -> int:
        return 1

    @property
    def full_rpm(self) -> float:
        """At the nominal voltage of the pack."""
        return self.rpm_per_volt * self.pack.cells * 3.8

    def drag_n(self, airspeed_ms: FloatArray, load_factor: FloatArray) -> FloatArray:
        """Drag at an airspeed (over 5 m/s) while lifting ``load_factor`` times the weight."""
        speed = np.maximum(airspeed_ms, 5.0)
        return self.parasitic_drag * speed**2 + self.induced_drag * (load_factor / speed) ** 2

    def sink_ms(self, airspeed_ms: FloatArray, load_factor: FloatArray) -> FloatArray:
        """Rate of descent with no thrust."""
        drag = self.drag_n(airspeed_ms, load_factor)
        return airspeed_ms * drag / (self.mass_kg * GRAVITY_MS2)


QUADROTOR = Quadrotor()
AEROPLANE = Aeroplane()
