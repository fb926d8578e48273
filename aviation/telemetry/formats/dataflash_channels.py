"""ArduPilot messages and columns as canonical channels, for firmware from 3.2 to today.

Column meanings after ArduPilot's message reference ("Onboard Message Log Messages").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aviation.telemetry.formats.dataflash_messages import ArduLog, Messages
from aviation.telemetry.formats.dataflash_reader import Table
from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.formats.heights import height_above_ground_point
from aviation.telemetry.formats.rotation import wrap_180
from aviation.telemetry.record import FloatArray

_WHOLE_NUMBERS = "bBhHiI"


@dataclass(frozen=True, slots=True)
class Copied:
    """A channel that one column holds, up to its unit."""

    channel: str
    message: str
    columns: tuple[str, ...]
    """Names in different firmware versions; the first that is logged counts."""
    scale: float = 1.0


COPIED = (
    Copied("acceleration_x_ms2", "IMU", ("AccX",)),
    Copied("acceleration_y_ms2", "IMU", ("AccY",)),
    Copied("acceleration_z_ms2", "IMU", ("AccZ",)),
    Copied("roll_rate_dps", "IMU", ("GyrX",), float(np.degrees(1.0))),
    Copied("pitch_rate_dps", "IMU", ("GyrY",), float(np.degrees(1.0))),
    Copied("yaw_rate_dps", "IMU", ("GyrZ",), float(np.degrees(1.0))),
    Copied("vibration_x_ms2", "VIBE", ("VibeX",)),
    Copied("vibration_y_ms2", "VIBE", ("VibeY",)),
    Copied("vibration_z_ms2", "VIBE", ("VibeZ",)),
    Copied("airspeed_ms", "ARSP", ("Airspeed",)),
    Copied("air_temperature_c", "ARSP", ("Temp",)),
    Copied("rc_signal_percentage", "RSSI", ("RXRSSI",), 100.0),
    Copied("cpu_load_percentage", "PM", ("Load",), 0.1),
    Copied("gps_jamming", "UBX1", ("jamInd",)),
)


def add_channels(log: ArduLog, draft: Draft) -> None:
    """Everything but position, states, events and motors."""
    for copied in COPIED:
        messages = log.messages(copied.message)
        values = messages and messages.values(*copied.columns)
        if messages is not None and values is not None:
            source = messages.source(copied.columns[0])
            draft.add(copied.channel, messages.time_s, values * copied.scale, source)
    for step in _STEPS:
        step(log, draft)


def _add_attitude(log: ArduLog, draft: Draft) -> None:
    """Logged angles run past 180° when the vehicle tumbles; they are the same angles."""
    messages = log.messages("ATT")
    if messages is None:
        return
    for channel, column in (
        ("roll_deg", "Roll"),
        ("pitch_deg", "Pitch"),
        ("yaw_deg", "Yaw"),
        ("roll_setpoint_deg", "DesRoll"),
        ("pitch_setpoint_deg", "DesPitch"),
        ("yaw_setpoint_deg", "DesYaw"),
    ):
        angle = messages.values(column)
        if angle is not None:
            wrapped = np.mod(angle, 360.0) if channel.startswith("yaw") else wrap_180(angle)
            draft.add(channel, messages.time_s, wrapped, messages.source(column))


def _add_vertical_speed(log: ArduLog, draft: Draft) -> None:
    """From the estimator, whose velocity points down; else the barometer's climb rate."""
    for name in ("XKF1", "NKF1", "EKF1"):
        messages = log.messages(name, _primary_core(log, name))
        down = messages and messages.values("VD")
        if messages is not None and down is not None:
            draft.add("vertical_speed_ms", messages.time_s, -down, messages.source("VD"))
    messages = log.messages("BARO")
    if messages is not None:
        climb = messages.values("CRt")
        draft.add("vertical_speed_ms", messages.time_s, climb, messages.source("CRt"))


def _add_height(log: ArduLog, draft: Draft) -> None:
    for name, columns in (
        ("POS", ("RelHomeAlt",)),
        ("CTUN", ("Alt",)),
        ("QTUN", ("Alt",)),
        ("GPS", ("RelAlt",)),
        ("BARO", ("Alt",)),
    ):
        messages = log.messages(name)
        altitude = messages and messages.values(*columns)
        if messages is not None and altitude is not None:
            is_flying = draft.series.get("is_flying")
            height_m = height_above_ground_point(messages.time_s, altitude, is_flying)
            draft.add("height_m", messages.time_s, height_m, messages.source(columns[0]))


def _add_clipping(log: ArduLog, draft: Draft) -> None:
    """Up to 4.1 one message counts three sensors (Clip0 to Clip2), later each its own (Clip)."""
    messages = log.messages("VIBE")
    if messages is None:
        return
    counts = [messages.values(f"Clip{sensor}") for sensor in range(3)]
    known = [count for count in counts if count is not None]
    if known:
        draft.add("clipping_count", messages.time_s, np.sum(known, axis=0), "VIBE.Clip0")
    else:
        total = _summed_over_instances(log, messages)
        draft.add("clipping_count", messages.time_s, total, "VIBE.Clip")


def _summed_over_instances(log: ArduLog, first: Messages) -> FloatArray | None:
    total = first.values("Clip")
    for instance in log.instances("VIBE")[1:4]:
        messages = log.messages("VIBE", instance)
        count = messages and messages.values("Clip")
        if total is not None and messages is not None and count is not None:
            newest = np.searchsorted(messages.time_s, first.time_s, side="right") - 1
            total = total + count[np.maximum(newest, 0)]
    return total


def _add_battery(log: ArduLog, draft: Draft) -> None:
    messages = log.messages("BAT") or log.messages("CURR")
    if messages is None:
        return
    for channel, columns in (
        ("battery_voltage_v", ("Volt",)),
        ("battery_current_a", ("Curr",)),
    ):
        values = messages.values(*columns)
        if values is not None:
            values = values * _hundredths(messages.table, columns[0])
            draft.add(channel, messages.time_s, values, messages.source(columns[0]))
    if "battery_voltage_v" not in draft.series:
        return
    consumed = messages.values("CurrTot")
    draft.add("battery_consumed_mah", messages.time_s, consumed, messages.source("CurrTot"))
    _add_remaining(messages, draft)


def _hundredths(table: Table, column: str) -> float:
    """The scale of a voltage or current: whole numbers are hundredths (firmware before 3.4)."""
    return 0.01 if (table.character(column) or "f") in _WHOLE_NUMBERS else 1.0


def _add_remaining(messages: Messages, draft: Draft) -> None:
    """The percentage the log holds; without it, what the capacity leaves of the charge used."""
    remaining = messages.values("RemPct")
    capacity_mah = draft.parameters.get("BATT_CAPACITY", 0.0)
    consumed = draft.series.get("battery_consumed_mah")
    if remaining is not None:
        source = messages.source("RemPct")
        draft.add("battery_percentage", messages.time_s, remaining, source)
    elif consumed is not None and capacity_mah > 0:
        share = np.clip(100.0 * (1.0 - consumed.values / capacity_mah), 0.0, 100.0)
        draft.add("battery_percentage", consumed.time_s, share, "BATT_CAPACITY")


def _add_board_voltage(log: ArduLog, draft: Draft) -> None:
    """CURR carries the board's supply, too, in millivolts as a whole number."""
    for name in ("POWR", "CURR"):
        messages = log.messages(name)
        volts = messages and messages.values("Vcc")
        if messages is not None and volts is not None:
            is_whole = (messages.table.character("Vcc") or "f") in _WHOLE_NUMBERS
            scaled = volts * 0.001 if is_whole else volts
            draft.add("board_voltage_v", messages.time_s, scaled, messages.source("Vcc"))


def _add_compass(log: ArduLog, draft: Draft) -> None:
    messages = log.messages("MAG")
    axes = messages and messages.vector("MagX", "MagY", "MagZ")
    if messages and axes:
        field = np.sqrt(np.sum(np.square(axes), axis=0))
        draft.add("magnetic_field_mgauss", messages.time_s, field, messages.source("MagX"))


def _add_estimator(log: ArduLog, draft: Draft) -> None:
    """Variances of the estimator in use, as ratios of which 1 is the limit.

    The columns are 16 bit hundredths that were meant to be positive: read as signed they turn
    negative above 327.67.
    """
    for name in ("XKF4", "NKF4", "EKF4"):
        messages = log.messages(name, _primary_core(log, name))
        if messages is None:
            continue
        for channel, column in (
            ("ekf_velocity_ratio", "SV"),
            ("ekf_position_ratio", "SP"),
            ("ekf_height_ratio", "SH"),
            ("ekf_airspeed_ratio", "SVT"),
        ):
            values = messages.values(column, is_unsigned=True)
            draft.add(channel, messages.time_s, values, messages.source(column))
        compass = _compass_ratio(messages)
        draft.add("ekf_compass_ratio", messages.time_s, compass, messages.source("SM"))


def _compass_ratio(messages: Messages) -> FloatArray | None:
    """One number in newer logs; three axes, to be taken together, in older ones."""
    single = messages.values("SM", is_unsigned=True)
    if single is not None:
        return single
    axes = [messages.values(f"SM{axis}", is_unsigned=True) for axis in "XYZ"]
    known = [axis for axis in axes if axis is not None]
    return np.sqrt(np.sum(np.square(known), axis=0)) if known else None


def _primary_core(log: ArduLog, name: str) -> int | None:
    """The estimator core that flew for most of the log, where the log numbers its cores."""
    if not log.instances(name):
        return None
    messages = log.messages(name[:3] + "4")
    primary = messages and messages.values("PI")
    if primary is None:
        return None
    core = int(np.bincount(primary.clip(0, 15).astype(np.intp)).argmax())
    return core if core in log.instances(name) else None


_STEPS: tuple[Callable[[ArduLog, Draft], None], ...] = (
    _add_attitude,
    _add_vertical_speed,
    _add_height,
    _add_clipping,
    _add_battery,
    _add_board_voltage,
    _add_compass,
    _add_estimator,
)
