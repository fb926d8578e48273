"""What ArduPilot's numbers mean: flight modes, error records and events, in plain words.

Sources: ArduPilot's mode.h of each vehicle and libraries/AP_Logger/AP_Logger.h (LogEvent,
LogErrorSubsystem, LogErrorCode); the numbers are never reused there.
"""

from __future__ import annotations

from dataclasses import dataclass

from aviation.telemetry.record import EventKind, EventLevel

COPTER_MODES = {
    0: "Stabilize",
    1: "Acro",
    2: "Altitude hold",
    3: "Auto",
    4: "Guided",
    5: "Loiter",
    6: "Return to launch",
    7: "Circle",
    8: "Position",
    9: "Land",
    10: "Optical-flow loiter",
    11: "Drift",
    13: "Sport",
    14: "Flip",
    15: "Autotune",
    16: "Position hold",
    17: "Brake",
    18: "Throw",
    19: "Avoid traffic",
    20: "Guided without GPS",
    21: "Smart return",
    22: "Flow hold",
    23: "Follow",
    24: "ZigZag",
    25: "System identification",
    26: "Autorotate",
    27: "Auto return",
    28: "Turtle",
}

PLANE_MODES = {
    0: "Manual",
    1: "Circle",
    2: "Stabilize",
    3: "Training",
    4: "Acro",
    5: "Fly by wire A",
    6: "Fly by wire B",
    7: "Cruise",
    8: "Autotune",
    10: "Auto",
    11: "Return to launch",
    12: "Loiter",
    13: "Takeoff",
    14: "Avoid traffic",
    15: "Guided",
    16: "Starting",
    17: "Hover stabilize",
    18: "Hover",
    19: "Hover loiter",
    20: "Hover land",
    21: "Hover return",
    22: "Hover autotune",
    23: "Hover acro",
    24: "Thermal",
    25: "Loiter to hover land",
    26: "Autoland",
}

ROVER_MODES = {
    0: "Manual",
    1: "Acro",
    3: "Steering",
    4: "Hold",
    5: "Loiter",
    6: "Follow",
    7: "Simple",
    8: "Dock",
    9: "Circle",
    10: "Auto",
    11: "Return to launch",
    12: "Smart return",
    15: "Guided",
    16: "Starting",
}

EV_ARMED = 10
EV_DISARMED = 11
EV_TAKEOFF = 16
EV_LAND_COMPLETE = 18
EV_NOT_LANDED = 28


@dataclass(frozen=True, slots=True)
class Subsystem:
    """One source of ERR records; ``codes`` gives the words for codes other than 0 and 1."""

    code: str
    words: str
    kind: EventKind = EventKind.ERROR
    codes: dict[int, str] | None = None
    level: EventLevel = EventLevel.CRITICAL

    def text(self, error: int) -> str:
        detail = (self.codes or {}).get(error, "")
        return f"{self.words}: {detail}" if detail else self.words


_FAILSAFE = EventKind.FAILSAFE
_UNHEALTHY = {1: "did not start", 4: "unhealthy"}

SUBSYSTEMS = {
    1: Subsystem("main", "Sensors too slow"),
    2: Subsystem("radio", "Radio receiver", codes={2: "no signal for two seconds"}),
    3: Subsystem("compass", "Compass", codes=_UNHEALTHY),
    4: Subsystem("optical_flow", "Optical flow sensor", codes=_UNHEALTHY),
    5: Subsystem("radio", "Radio failsafe", _FAILSAFE),
    6: Subsystem("battery", "Battery failsafe", _FAILSAFE),
    7: Subsystem("gps", "GPS failsafe", _FAILSAFE),
    8: Subsystem("ground_station", "Ground station failsafe", _FAILSAFE),
    9: Subsystem("fence", "Fence failsafe", _FAILSAFE),
    10: Subsystem("flight_mode", "Flight mode refused", level=EventLevel.WARNING),
    11: Subsystem("gps_glitch", "GPS", codes=_UNHEALTHY | {2: "glitch"}),
    12: Subsystem("crash_check", "Crash check", codes={1: "crash", 2: "loss of control"}),
    13: Subsystem("flip", "Flip", codes={2: "abandoned"}, level=EventLevel.WARNING),
    14: Subsystem("autotune", "Autotune", level=EventLevel.WARNING),
    15: Subsystem("parachute", "Parachute", codes={2: "not released, too low", 3: "on the ground"}),
    16: Subsystem("ekf_check", "Estimator check", codes={2: "variance too high"}),
    17: Subsystem("ekf", "Estimator failsafe", _FAILSAFE),
    18: Subsystem("barometer", "Barometer", codes=_UNHEALTHY | {2: "glitch"}),
    19: Subsystem("cpu", "Autopilot's main loop stopped"),
    20: Subsystem("traffic", "Traffic avoidance", _FAILSAFE),
    21: Subsystem("terrain", "Terrain data", codes={2: "missing"}),
    22: Subsystem(
        "navigation",
        "Navigation",
        codes={
            2: "destination refused",
            3: "return restarted",
            4: "circle not started",
            5: "destination outside the fence",
            6: "no rangefinder for the return",
        },
        level=EventLevel.WARNING,
    ),
    23: Subsystem("terrain", "Terrain failsafe", _FAILSAFE),
    25: Subsystem("thrust_loss", "Thrust lost"),
    26: Subsystem("sensors", "Sensor failsafe", _FAILSAFE),
    27: Subsystem("leak", "Leak failsafe", _FAILSAFE),
    28: Subsystem("pilot_input", "Pilot input lost", _FAILSAFE),
    29: Subsystem("vibration", "Vibration failsafe", _FAILSAFE),
    30: Subsystem("internal", "Autopilot's internal error"),
    31: Subsystem("dead_reckoning", "Dead reckoning failsafe", _FAILSAFE),
}
EKF_PRIMARY = 24
"""Subsystem that records which estimator core took over: its code is the core's number."""
NEVER_RESOLVED = frozenset({EKF_PRIMARY, 10})
"""Subsystems whose code 0 is a number like any other, not "resolved"."""
