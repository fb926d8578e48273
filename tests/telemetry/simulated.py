"""Simulated flights that several test modules look at, each flown once."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
from pyulog import ULog

from aviation.telemetry.record import FloatArray
from aviation.telemetry.simulation import FlightPlan, SimulatedFlight, simulate
from aviation.telemetry.simulation.plan import Vehicle

HOME = (46.47, 8.25, 1340.0)
START = datetime(2025, 6, 1, 9, 30, tzinfo=UTC)
VEHICLES: tuple[Vehicle, ...] = ("multirotor", "fixed_wing")
both = pytest.mark.parametrize("vehicle", VEHICLES)
many = pytest.mark.parametrize("seed", range(4))


def plan(vehicle: Vehicle, seed: int = 1, duration_s: float = 200) -> FlightPlan:
    return FlightPlan(vehicle, seed, duration_s, START, HOME)


@cache
def flown(vehicle: Vehicle, seed: int = 1, duration_s: float = 200) -> SimulatedFlight:
    return simulate(plan(vehicle, seed, duration_s))


def ulog_bytes(flight: SimulatedFlight) -> bytes:
    file = io.BytesIO()
    flight.write_ulog(file)
    return file.getvalue()


@cache
def ulog(vehicle: Vehicle, seed: int = 1) -> ULog:
    return ULog(io.BytesIO(ulog_bytes(flown(vehicle, seed))))


def topic(vehicle: Vehicle, name: str) -> dict[str, FloatArray]:
    data: dict[str, FloatArray] = ulog(vehicle).get_dataset(name).data
    return data


def angle_between(left: FloatArray, right: FloatArray) -> FloatArray:
    """The angle (n,) in radians that turns one attitude, a quaternion (n, 4), into the other."""
    cosine = np.abs(np.sum(left * right, axis=1))
    result: FloatArray = 2 * np.arccos(np.clip(cosine, 0, 1))
    return result
