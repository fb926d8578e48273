"""Recordings made by hand: one without a fault, and the same with one known fault each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from aviation.flights.choices import FlightClock
from aviation.telemetry.phases import find_phases
from aviation.telemetry.quality.part import Clock, Recording, Refused
from aviation.telemetry.quality.scoring import Score, score
from aviation.telemetry.record import FlightRecord, FloatArray, Series, VehicleType

RATE_HZ = 10
LENGTH_S = 300.0
TIME_S = np.arange(0, LENGTH_S, 1 / RATE_HZ)
SPEED_MS = 8.0
METRES_PER_DEGREE = 111_195.0


def _channels() -> dict[str, FloatArray]:
    noise = np.random.default_rng(5).normal(size=(12, TIME_S.size))
    return {
        "latitude": 46.0 + TIME_S * SPEED_MS / METRES_PER_DEGREE,
        "longitude": np.full(TIME_S.size, 8.0),
        "altitude_m": 500 + 40 * np.sin(TIME_S / 30) + 0.01 * noise[0],
        "ground_speed_ms": SPEED_MS + 0.1 * noise[1],
        "roll_deg": noise[2],
        "pitch_deg": noise[3],
        "acceleration_z_ms2": -9.81 + 0.2 * noise[4],
        "battery_voltage_v": 16 - TIME_S / 400 + 0.01 * noise[5],
        "motor_output_us_1": 1_500 + 10 * noise[6],
        "is_flying": ((TIME_S >= 5) & (TIME_S < 295)).astype(float),
    }


def recording(
    changed: Mapping[str, FloatArray] | None = None,
    *,
    without: tuple[str, ...] = (),
    cut_out: tuple[tuple[float, float], ...] = (),
    clock: Clock | None = None,
    refused: Refused | None = None,
) -> Recording:
    """Five minutes of a multirotor in flight, as flawed as asked for."""
    keep = np.ones(TIME_S.size, dtype=bool)
    for start_s, end_s in cut_out:
        keep &= (start_s >= TIME_S) | (end_s <= TIME_S)
    channels = _channels() | dict(changed or {})
    time_s = TIME_S[keep]
    series = {
        name: Series(time_s, values[keep])
        for name, values in channels.items()
        if name not in without
    }
    record = FlightRecord(
        format="ulog",
        series=series,
        start_s=float(TIME_S[0]),
        end_s=float(TIME_S[-1]),
        vehicle_type=VehicleType.MULTIROTOR,
        gaps=tuple(cut_out),
    )
    return Recording(
        record,
        find_phases(record),
        VehicleType.MULTIROTOR,
        clock or Clock(FlightClock.GPS, 0.2),
        refused or Refused(0, 30_000, "value"),
    )


def shortened(whole: Recording, channel: str, until_s: float) -> Recording:
    """The channel ends early; everything else goes on."""
    series = dict(whole.record.series)
    part = series[channel].between(0, until_s)
    assert part is not None
    series[channel] = part
    return replace(whole, record=replace(whole.record, series=series))


def frozen(channel: str, start_s: float, end_s: float) -> dict[str, FloatArray]:
    values = _channels()[channel]
    stands = (start_s <= TIME_S) & (end_s > TIME_S)
    return {channel: np.where(stands, values[stands.argmax()], values)}


def thrown(metres: float, *at_s: float) -> dict[str, FloatArray]:
    """The position leaves its track for one second, at each of the moments."""
    latitude = _channels()["latitude"].copy()
    for moment in at_s:
        latitude[(moment <= TIME_S) & (moment + 1 > TIME_S)] += metres / METRES_PER_DEGREE
    return {"latitude": latitude}


def by_name(found: Score) -> dict[str, float | None]:
    return {each.part.name: each.part.score for each in found.parts}


def sentence(of: Recording, name: str) -> str:
    return next(each.part.sentence for each in score(of).parts if each.part.name == name)
