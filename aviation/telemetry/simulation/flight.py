"""A flight simulated from plan to log file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from aviation.telemetry.simulation.airframes import AEROPLANE, QUADROTOR
from aviation.telemetry.simulation.battery import drain
from aviation.telemetry.simulation.circuit import circuit_track
from aviation.telemetry.simulation.csv_writer import write_csv
from aviation.telemetry.simulation.grid import STEP_S
from aviation.telemetry.simulation.motion import Motion, airborne_share, fly
from aviation.telemetry.simulation.motor_loss import Fall, lose_motor
from aviation.telemetry.simulation.navigation import estimate, receive
from aviation.telemetry.simulation.noise import stream
from aviation.telemetry.simulation.plan import Fault, FaultKind, FlightPlan, Truth
from aviation.telemetry.simulation.propulsion import propel
from aviation.telemetry.simulation.px4_log import px4_log
from aviation.telemetry.simulation.reactions import Reaction, reaction_to, reaction_to_fall
from aviation.telemetry.simulation.scene import Scene
from aviation.telemetry.simulation.states import States, observe
from aviation.telemetry.simulation.survey import survey_track
from aviation.telemetry.simulation.track import Diversion, Track
from aviation.telemetry.simulation.ulog_writer import write_ulog
from aviation.telemetry.simulation.vibration import shake
from aviation.telemetry.simulation.wind import Wind, wind_of

_LANDING_SOON_S = 8.0


@dataclass(frozen=True, slots=True)
class SimulatedFlight:
    """One flight, ready to be written as a log, and the truth to judge its analysis by."""

    scene: Scene
    truth: Truth

    def write_ulog(self, target: str | Path | BinaryIO) -> None:
        """Write a PX4 log file."""
        with _opened(target) as file:
            write_ulog(file, px4_log(self.scene))

    def write_csv(self, target: str | Path | BinaryIO) -> None:
        """Write a comma-separated table in UTF-8."""
        with _opened(target) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            write_csv(text, self.scene)
            text.detach()


def simulate(plan: FlightPlan) -> SimulatedFlight:
    """Fly ``plan``. Raises ValueError for a fault that would begin while not in flight."""
    wind = wind_of(plan)
    track, reaction = _planned(plan, wind)
    motion = fly(plan, track, wind)
    fall = _fall(plan, motion, wind)
    if fall is not None:
        motion, reaction = fall.motion, reaction_to_fall(fall)
        track = _cut_short(track, fall, reaction)
    scene = _scene(plan, wind, motion, _states(track, motion, reaction), fall)
    return SimulatedFlight(scene, _truth(plan, scene.boot_s))


def _planned(plan: FlightPlan, wind: Wind) -> tuple[Track, Reaction]:
    """The mission, up to where a failsafe ends it, and what the autopilot does."""
    track = _track(plan, wind, None)
    if plan.fault is None:
        return track, Reaction()
    landing_s = _check_in_flight(plan.fault, track)
    reaction = reaction_to(plan, wind)
    if reaction.diversion is not None and reaction.diversion.at_s < landing_s:
        track = _track(plan, wind, reaction.diversion)
    return track, reaction


def _fall(plan: FlightPlan, motion: Motion, wind: Wind) -> Fall | None:
    fault = plan.fault_of(FaultKind.MOTOR_LOSS)
    if plan.vehicle != "multirotor" or fault is None:
        return None
    return lose_motor(plan, fault, motion, wind)


def _track(plan: FlightPlan, wind: Wind, diversion: Diversion | None) -> Track:
    if plan.vehicle == "multirotor":
        return survey_track(plan, diversion)
    return circuit_track(plan, wind, diversion)


def _check_in_flight(fault: Fault, track: Track) -> float:
    """The last moment at which a diversion still makes sense."""
    flying = airborne_share(track.position_m) > 0.99
    lift_off_s = flying.argmax() * STEP_S
    landing_s = (len(flying) - flying[::-1].argmax()) * STEP_S
    if not lift_off_s < fault.begins_s < landing_s - _LANDING_SOON_S:
        raise ValueError(
            f"the fault must begin in flight, between {lift_off_s:.0f} and "
            f"{landing_s - _LANDING_SOON_S:.0f} s, not at {fault.begins_s} s"
        )
    return float(landing_s - _LANDING_SOON_S / 2)


def _cut_short(track: Track, fall: Fall, reaction: Reaction) -> Track:
    """The track's modes up to the fault, then the reaction's; rest begins with the impact."""
    kept = (change for change in track.modes if change[0] < fall.fault.begins_s)
    modes = (*kept, *reaction.modes)
    return replace(track, modes=modes, rest_s=fall.impact_s)


def _states(track: Track, motion: Motion, reaction: Reaction) -> States:
    return observe(
        motion.airborne,
        track.modes,
        track.rest_s,
        failsafe_s=reaction.failsafe_s,
        failures=reaction.failures,
        texts=reaction.texts,
    )


def _scene(
    plan: FlightPlan, wind: Wind, motion: Motion, states: States, fall: Fall | None
) -> Scene:
    propulsion = propel(plan, motion, states, fall)
    pack = (QUADROTOR if plan.vehicle == "multirotor" else AEROPLANE).pack
    return Scene(
        plan=plan,
        boot_s=round(float(stream(plan.seed, "boot").uniform(18, 75)), 3),
        wind=wind,
        motion=motion,
        states=states,
        propulsion=propulsion,
        battery=drain(plan, pack, propulsion.power_w),
        vibration=shake(plan, motion, propulsion),
        receiver=receive(plan, motion),
        estimate=estimate(plan, motion),
    )


def _truth(plan: FlightPlan, boot_s: float) -> Truth:
    if plan.fault is None:
        return Truth(None, None)
    return Truth(plan.fault.kind, boot_s + plan.fault.begins_s)


@contextmanager
def _opened(target: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    """A path is opened and closed; a file that is open already stays so."""
    if isinstance(target, str | Path):
        with Path(target).open("wb") as file:
            yield file
    else:
        yield target
