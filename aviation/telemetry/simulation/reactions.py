"""What the autopilot does about each fault: failsafes, failure flags, messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aviation.telemetry.simulation.battery import sag_moments
from aviation.telemetry.simulation.grid import STEP_S
from aviation.telemetry.simulation.motor_loss import Fall
from aviation.telemetry.simulation.navigation import FAILSAFE_AFTER_S
from aviation.telemetry.simulation.plan import Fault, FaultKind, FlightPlan
from aviation.telemetry.simulation.rotation import euler_of
from aviation.telemetry.simulation.states import (
    CRASH,
    MOTOR_FAILURE,
    PITCH_FAILURE,
    ROLL_FAILURE,
    Failure,
    Text,
)
from aviation.telemetry.simulation.track import Diversion, Mode
from aviation.telemetry.simulation.ulog_writer import LogLevel
from aviation.telemetry.simulation.wind import Wind

_MOTOR_NOTICED_S = 0.6
_TILT_LIMIT_RAD = np.radians(60)
"""PX4's FD_FAIL_R and FD_FAIL_P."""
_TILT_NOTICED_S = 0.3
"""PX4's FD_FAIL_R_TTRI and FD_FAIL_P_TTRI."""
_BATTERY_DELAY_S = 0.6
_DRIFT_SHARE = 0.3
_CIRCLING_S = 20.0


@dataclass(frozen=True, slots=True)
class Reaction:
    diversion: Diversion | None = None
    modes: tuple[tuple[float, Mode], ...] = ()
    """Beside those of the diversion."""
    failsafe_s: float | None = None
    failures: tuple[Failure, ...] = ()
    texts: tuple[Text, ...] = ()


def reaction_to(plan: FlightPlan, wind: Wind) -> Reaction:
    """What is known before the flight is flown; a falling multirotor is judged by its fall."""
    fault = plan.fault
    if fault is None or fault.kind is FaultKind.VIBRATION_GROWTH:
        return Reaction()
    if fault.kind is FaultKind.BATTERY_SAG:
        return _to_sag(fault)
    if fault.kind is FaultKind.GPS_LOSS:
        return _to_gps_loss(plan, fault, wind)
    return Reaction() if plan.vehicle == "multirotor" else _to_glide(fault)


def _to_sag(fault: Fault) -> Reaction:
    moments = sag_moments(fault)
    returning_s = moments.critical_s + _BATTERY_DELAY_S
    modes = ((returning_s, Mode.RETURN), (moments.emergency_s, Mode.LAND))
    return Reaction(
        Diversion(returning_s, modes),
        failsafe_s=returning_s,
        texts=(
            Text(moments.low_s, LogLevel.WARNING, "[commander] Low battery level, return advised"),
            Text(
                returning_s,
                LogLevel.CRITICAL,
                "[commander] Failsafe activated: critical battery level, returning",
            ),
            Text(
                moments.emergency_s,
                LogLevel.CRITICAL,
                "[commander] Failsafe activated: battery nearly empty, landing now",
            ),
        ),
    )


def _to_gps_loss(plan: FlightPlan, fault: Fault, wind: Wind) -> Reaction:
    noticed_s = fault.begins_s + 1.5
    lost_s = fault.begins_s + 1.6 + FAILSAFE_AFTER_S
    is_multirotor = plan.vehicle == "multirotor"
    drift = _DRIFT_SHARE * wind.mean_ms[:2] if is_multirotor else np.zeros(2)
    diversion = Diversion(
        lost_s,
        ((lost_s, Mode.DESCEND),),
        (float(drift[0]), float(drift[1])),
        hold_s=0.0 if is_multirotor else _CIRCLING_S,
    )
    return Reaction(
        diversion,
        failsafe_s=lost_s,
        texts=(
            Text(noticed_s, LogLevel.WARNING, "[ekf2] GPS data stopped"),
            Text(
                lost_s,
                LogLevel.CRITICAL,
                "[commander] Failsafe activated: no position, descending",
            ),
        ),
    )


def _to_glide(fault: Fault) -> Reaction:
    noticed_s = fault.begins_s + _MOTOR_NOTICED_S
    return Reaction(
        Diversion(
            fault.begins_s,
            ((noticed_s, Mode.LAND),),
            is_powered=False,
        ),
        failsafe_s=noticed_s,
        failures=(Failure(noticed_s, MOTOR_FAILURE),),
        texts=_motor_texts(noticed_s, 1, "landing without engine"),
    )


def reaction_to_fall(fall: Fall) -> Reaction:
    """The motor's failure, the loss of control, the crash."""
    noticed_s = fall.fault.begins_s + _MOTOR_NOTICED_S
    tilt = np.abs(euler_of(fall.motion.attitude)[:, :2]) > _TILT_LIMIT_RAD
    failures = [Failure(noticed_s, MOTOR_FAILURE)]
    texts = list(_motor_texts(noticed_s, fall.failed_motor + 1, "descending"))
    modes = [(noticed_s, Mode.DESCEND)]
    for axis, bit in enumerate((ROLL_FAILURE, PITCH_FAILURE)):
        beyond = np.flatnonzero(tilt[:, axis]) * STEP_S + _TILT_NOTICED_S
        if len(beyond) and beyond[0] < fall.impact_s:
            failures.append(Failure(float(beyond[0]), bit))
    if len(failures) > 1:
        lost_s = min(failure.at_s for failure in failures[1:])
        texts.append(Text(lost_s, LogLevel.CRITICAL, "[commander] Attitude failure detected"))
        modes.append((max(lost_s, noticed_s), Mode.TERMINATION))
    texts.append(
        Text(fall.impact_s + 0.5, LogLevel.CRITICAL, f"[commander] {CRASH}, motors stopped")
    )
    return Reaction(None, tuple(modes), noticed_s, tuple(failures), tuple(texts))


def _motor_texts(noticed_s: float, number: int, action: str) -> tuple[Text, ...]:
    return (
        Text(noticed_s, LogLevel.CRITICAL, f"[commander] Motor {number} failure detected"),
        Text(
            noticed_s + 0.1,
            LogLevel.CRITICAL,
            f"[commander] Failsafe activated: motor failure, {action}",
        ),
    )
