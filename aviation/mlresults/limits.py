"""The published limits, each with who published it and for which autopilot and vehicle.

Where two publications disagree both stand here and a finding says whose verdict it is. Severities
are ours: they weigh how often a healthy aircraft goes past the limit. An attitude error over 5°
for a quarter of a second happens in any brisk flight (information), over 10° deserves a look
(warning); a crash angle held for two seconds does not happen to a healthy aircraft (critical).
"""

from __future__ import annotations

from aviation.mlresults.findings import Comparison, Severity
from aviation.mlresults.thresholds import Level, Setting, Threshold, Thresholds
from aviation.telemetry.record import Autopilot, VehicleType

ABOVE, BELOW = Comparison.ABOVE, Comparison.BELOW
INFO, WARNING = Severity.INFO, Severity.WARNING
ARDUPILOT = frozenset({Autopilot.ARDUPILOT})
PX4 = frozenset({Autopilot.PX4})
PX4_AND_ARDUPILOT = PX4 | ARDUPILOT
MULTIROTOR = frozenset({VehicleType.MULTIROTOR})

WIKI_VIBRATION = "ArduPilot wiki, Measuring Vibration"
WIKI_LOGS = "ArduPilot wiki, Diagnosing Problems Using Logs"
WIKI_POWER = "ArduPilot wiki, Power Module"
WIKI_COMPASS = "ArduPilot wiki, Magnetic Interference"
ANALYZER = "ArduPilot LogAnalyzer"
DRONEKIT = "dronekit-la"
REVIEW = "PX4 flight_review"
OWN = "DBX Aviation's own limit"

EMPTY_CELL_V, CHARGED_CELL_V, LOAD_DROP_V = 3.6, 4.05, 0.3

_VIBRATION = (
    Threshold(
        "vibration.ardupilot", "m/s²", ABOVE, WIKI_VIBRATION, 30, 60, hold_s=1, autopilots=ARDUPILOT
    ),
    Threshold(
        "vibration.px4", "m/s²", ABOVE, f"{REVIEW}, vibration metric", 4.905, 9.81,
        hold_s=1, autopilots=PX4,
    ),
    Threshold(
        "vibration.hover_horizontal", "m/s²", ABOVE, f"{ANALYZER}, TestVibration", 1.5, 3,
        autopilots=ARDUPILOT, vehicle_types=MULTIROTOR,
    ),
    Threshold(
        "vibration.hover_vertical", "m/s²", ABOVE, f"{ANALYZER}, TestVibration", 2, 5,
        autopilots=ARDUPILOT, vehicle_types=MULTIROTOR,
    ),
    Threshold(
        "vibration.clipping", "events", ABOVE, WIKI_VIBRATION, 0, 100,
        warn_severity=INFO, fail_severity=WARNING, autopilots=ARDUPILOT,
    ),
)  # fmt: skip

_ESTIMATOR = (
    Threshold(
        "estimator.amber", "", ABOVE, "PX4 ecl_ekf log check", 0.5, autopilots=PX4,
        warn_severity=INFO,
    ),
    Threshold(
        "estimator.amber_share", "%", ABOVE, "PX4 ecl_ekf log check", 5, 50,
        autopilots=PX4,
    ),
    Threshold(
        "estimator.rejected", "", ABOVE, "PX4 ecl_ekf log check", 1, hold_s=1, autopilots=PX4
    ),
    Threshold(
        "estimator.ekf_failsafe", "", ABOVE, "ArduPilot EKF failsafe, FS_EKF_THRESH",
        fail=0.8, hold_s=1, counts_at_limit=True, autopilots=ARDUPILOT,
        vehicle_types=frozenset(VehicleType) - {VehicleType.FIXED_WING},
        settings=(Setting("FS_EKF_THRESH", Level.FAIL),),
    ),
    Threshold(
        "estimator.variance", "", ABOVE, f"{DRONEKIT}, Good EKF", 0.5, 1,
        hold_s=1, autopilots=ARDUPILOT,
    ),
)  # fmt: skip

_GPS = (
    Threshold("gps.fix", "", BELOW, "3D fix (fix type 3)", fail=3, hold_s=1),
    Threshold("gps.silence", "s", ABOVE, OWN, 5),
    Threshold(
        "gps.satellites", "", BELOW, f"{ANALYZER}, TestGPSGlitch", 6, 5,
        hold_s=1, autopilots=ARDUPILOT,
    ),
    Threshold(
        "gps.satellites_advice", "", BELOW, WIKI_LOGS, 12, warn_severity=INFO,
        hold_s=1, autopilots=ARDUPILOT,
    ),
    Threshold(
        "gps.satellites_px4", "", BELOW, "PX4 parameter EKF2_REQ_NSATS", 6,
        hold_s=1, autopilots=PX4, settings=(Setting("EKF2_REQ_NSATS", Level.WARN),),
    ),
    Threshold(
        "gps.satellites_px4_advice", "", BELOW, f"{REVIEW} guide", 12,
        warn_severity=INFO, hold_s=1, autopilots=PX4,
    ),
    Threshold(
        "gps.hdop", "", ABOVE, f"{ANALYZER}, TestGPSGlitch", 3, 10, hold_s=1, autopilots=ARDUPILOT
    ),
    Threshold(
        "gps.hdop_advice", "", ABOVE, WIKI_LOGS, 2, warn_severity=INFO,
        hold_s=1, autopilots=ARDUPILOT,
    ),
    Threshold(
        "gps.horizontal_accuracy", "m", ABOVE, "PX4 parameter EKF2_REQ_EPH", 3,
        hold_s=1, autopilots=PX4, settings=(Setting("EKF2_REQ_EPH", Level.WARN),),
    ),
    Threshold(
        "gps.horizontal_accuracy_advice", "m", ABOVE, f"{REVIEW} guide", 1, warn_severity=INFO,
        hold_s=1, autopilots=PX4,
    ),
    Threshold(
        "gps.vertical_accuracy", "m", ABOVE, "PX4 parameter EKF2_REQ_EPV", 5,
        hold_s=1, autopilots=PX4, settings=(Setting("EKF2_REQ_EPV", Level.WARN),),
    ),
    Threshold(
        "gps.vertical_accuracy_advice", "m", ABOVE, f"{REVIEW} guide", 2, warn_severity=INFO,
        hold_s=1, autopilots=PX4,
    ),
    Threshold(
        "gps.speed_accuracy", "m/s", ABOVE, f"{DRONEKIT}, GPS Fix", 1, 1.5,
        hold_s=1, autopilots=ARDUPILOT,
    ),
    Threshold(
        "gps.speed_accuracy_px4", "m/s", ABOVE, "PX4 parameter EKF2_REQ_SACC", 0.5,
        hold_s=1, autopilots=PX4, settings=(Setting("EKF2_REQ_SACC", Level.WARN),),
    ),
    Threshold(
        "gps.jamming", "", ABOVE, f"{REVIEW} guide", 80, hold_s=1, counts_at_limit=True,
        autopilots=PX4_AND_ARDUPILOT,
    ),
)  # fmt: skip

_COMPASS = (
    Threshold(
        "compass.field_high", "mG", ABOVE, f"{WIKI_LOGS} (550); {ANALYZER}, TestCompass (600)",
        550, 600, warn_severity=INFO, fail_severity=WARNING, hold_s=1, autopilots=ARDUPILOT,
    ),
    Threshold(
        "compass.field_low", "mG", BELOW, f"{WIKI_LOGS} (120); {ANALYZER}, TestCompass (100)",
        120, 100, warn_severity=INFO, fail_severity=WARNING, hold_s=1, autopilots=ARDUPILOT,
    ),
    Threshold(
        "compass.change", "%", ABOVE, f"{ANALYZER}, TestCompass", 25, 35,
        fail_severity=WARNING, hold_s=0.25, autopilots=ARDUPILOT,
    ),
    Threshold(
        "compass.interference", "%", ABOVE, WIKI_COMPASS, 30, 60,
        counts_at_limit=True, autopilots=ARDUPILOT,
    ),
)  # fmt: skip

_BATTERY = (
    Threshold(
        "battery.remaining", "%", BELOW, "PX4 parameters BAT_LOW_THR and BAT_CRIT_THR", 15, 7,
        hold_s=1,
        settings=(
            Setting("BAT_LOW_THR", Level.WARN, 100), Setting("BAT_CRIT_THR", Level.FAIL, 100),
        ),
    ),
    Threshold(
        "battery.voltage", "V", BELOW, "ArduPilot parameter BATT_LOW_VOLT", 10.5,
        hold_s=10, autopilots=ARDUPILOT,
        settings=(
            Setting("BATT_LOW_VOLT", Level.WARN), Setting("FS_BATT_VOLTAGE", Level.WARN),
            Setting("BATT_CRT_VOLT", Level.FAIL),
        ),
    ),
    Threshold(
        "battery.cell", "V per cell", BELOW, "PX4 parameter BAT1_V_EMPTY", EMPTY_CELL_V,
        hold_s=10,
        settings=(Setting("BAT1_V_EMPTY", Level.WARN), Setting("BAT_V_EMPTY", Level.WARN)),
    ),
    Threshold(
        "battery.sag", "%", ABOVE,
        "PX4 parameters BAT_V_LOAD_DROP (0.3 V) over BAT_V_CHARGED (4.05 V)",
        round(100 * LOAD_DROP_V / CHARGED_CELL_V, 1), hold_s=0.5,
    ),
)  # fmt: skip

_POWER = (
    Threshold(
        "power.minimum", "V", BELOW, f"{ANALYZER}, TestVCC", fail=4.6, hold_s=0.1,
        autopilots=PX4_AND_ARDUPILOT,
    ),
    Threshold(
        "power.ripple", "V", ABOVE, f"{WIKI_POWER}; {ANALYZER}, TestVCC", 0.3,
        autopilots=PX4_AND_ARDUPILOT,
    ),
)  # fmt: skip

_ATTITUDE = (
    Threshold(
        "attitude.tracking", "°", ABOVE, f"{DRONEKIT}, Attitude Control", 5, 10,
        warn_severity=INFO, fail_severity=WARNING, hold_s=0.25, fails_by_peak=True,
        autopilots=ARDUPILOT, vehicle_types=MULTIROTOR,
    ),
    Threshold(
        "attitude.lean", "°", ABOVE, f"{DRONEKIT}, Crash Test; parameter ANGLE_MAX", hold_s=1,
        autopilots=ARDUPILOT, vehicle_types=MULTIROTOR,
        settings=(
            Setting("ANGLE_MAX", Level.FAIL, 0.01), Setting("ATC_ANGLE_MAX", Level.FAIL),
        ),
    ),
    Threshold(
        "attitude.crash", "°", ABOVE, "ArduPilot crash check", fail=30, hold_s=2,
        autopilots=ARDUPILOT, vehicle_types=MULTIROTOR,
    ),
    Threshold(
        "attitude.crash_acceleration", "m/s²", BELOW, "ArduPilot crash check", fail=3,
        autopilots=ARDUPILOT, vehicle_types=MULTIROTOR,
    ),
    Threshold(
        "attitude.failure_roll", "°", ABOVE, "PX4 parameter FD_FAIL_R", fail=60, hold_s=0.3,
        autopilots=PX4, vehicle_types=MULTIROTOR, settings=(Setting("FD_FAIL_R", Level.FAIL),),
    ),
    Threshold(
        "attitude.failure_pitch", "°", ABOVE, "PX4 parameter FD_FAIL_P", fail=60, hold_s=0.3,
        autopilots=PX4, vehicle_types=MULTIROTOR, settings=(Setting("FD_FAIL_P", Level.FAIL),),
    ),
)  # fmt: skip

_MOTORS = (
    Threshold(
        "motors.spread", "µs", ABOVE, f"{ANALYZER}, TestMotorBalance", 75, 150,
        autopilots=ARDUPILOT, vehicle_types=MULTIROTOR,
    ),
    Threshold(
        "motors.deviation", "µs", ABOVE, f"{DRONEKIT}, Motor Balance", 50, 100,
        autopilots=ARDUPILOT, vehicle_types=MULTIROTOR,
    ),
    Threshold("motors.rpm_share", "%", BELOW, OWN, fail=25, hold_s=0.3),
    Threshold("motors.rpm_share_single", "%", BELOW, OWN, fail=50, hold_s=2),
    Threshold(
        "motors.full_output", "%", ABOVE, OWN, 95, hold_s=1, counts_at_limit=True,
        vehicle_types=MULTIROTOR,
    ),
)  # fmt: skip

_LOG_END = (
    Threshold("log_end.height", "m", ABOVE, f"{ANALYZER}, TestBrownout", fail=3),
)  # fmt: skip

DEFAULT = Thresholds(
    {
        threshold.id: threshold
        for group in (
            _VIBRATION, _ESTIMATOR, _GPS, _COMPASS, _BATTERY,
            _POWER, _ATTITUDE, _MOTORS, _LOG_END,
        )
        for threshold in group
    }
)  # fmt: skip
