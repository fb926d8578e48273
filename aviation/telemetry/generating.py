"""Filling organizations with made-up telemetry, to try an installation at its future size.

Each flight is one transaction, so that whoever interrupts it goes on where it stopped.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from django.db import transaction

from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightClock, FlightState
from aviation.flights.models import FlightSession
from aviation.telemetry.storing import store_rows

POINTS_EACH = 36_000
"""An hour at 10 Hz."""
RATE_HZ = 10
FLIGHTS_A_DAY = 4
AIRCRAFT = 10
NOTE = "Made up, to try the size."


def generate_flights(*, points: int, until: datetime) -> Iterator[int]:
    """Add flights to the bound organization until it has made-up ones of ``points`` in all.

    Yields the points stored after each. Flights lie before ``until``, newest first.
    """
    aircraft = _aircraft()
    with transaction.atomic():
        done = FlightSession.objects.filter(notes=NOTE).count()
    for number in range(done, -(-points // POINTS_EACH)):
        started_at = until - timedelta(hours=(number + 1) * 24 / FLIGHTS_A_DAY)
        _fly(aircraft[number % AIRCRAFT], started_at, number)
        yield (number + 1) * POINTS_EACH


@transaction.atomic
def _aircraft() -> list[Aircraft]:
    names = [f"LOAD-{number:02d}" for number in range(1, AIRCRAFT + 1)]
    known = {each.registration: each for each in Aircraft.objects.filter(registration__in=names)}
    fresh = [Aircraft(registration=name) for name in names if name not in known]
    for each in fresh:
        each.save(force_insert=True)
    return [*known.values(), *fresh]


@transaction.atomic
def _fly(aircraft: Aircraft, started_at: datetime, number: int) -> uuid.UUID:
    duration_s = POINTS_EACH / RATE_HZ
    flight = FlightSession.objects.create(
        aircraft=aircraft,
        state=FlightState.COMPLETED,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=duration_s),
        airborne_s=duration_s,
        distance_m=12.0 * duration_s,
        boot_at=started_at,
        clock_source=FlightClock.LOG,
        notes=NOTE,
    )
    store_rows(session_id=flight.pk, boot_at=started_at, rows=made_up_rows(number))
    return flight.pk


def made_up_rows(number: int) -> pa.Table:
    """An hour in circles with a battery that drains; different for each ``number``."""
    chance = np.random.default_rng(number)
    time_s = np.arange(POINTS_EACH) / RATE_HZ
    angle = time_s / 60 + number
    noise = chance.normal(0, 1, (6, POINTS_EACH))
    return pa.table(
        {
            "time_s": time_s,
            "latitude": 46.5 + number % 50 / 100 + 0.005 * np.sin(angle),
            "longitude": 8.2 + 0.007 * np.cos(angle),
            "altitude_m": 1_400 + 20 * np.sin(angle / 3) + noise[0],
            "height_m": 60 + 20 * np.sin(angle / 3) + noise[0],
            "ground_speed_ms": 12 + np.abs(noise[1]),
            "vertical_speed_ms": noise[2],
            "roll_deg": 4 * noise[3],
            "pitch_deg": 3 * noise[4],
            "yaw_deg": np.degrees(angle) % 360,
            "battery_voltage_v": 16.6 - 2.0 * time_s / time_s[-1] + 0.02 * noise[5],
            "battery_current_a": 14 + noise[1],
            "battery_percentage": 100 - 80 * time_s / time_s[-1],
            "vibration_x_ms2": np.abs(noise[3]),
            "vibration_y_ms2": np.abs(noise[4]),
            "vibration_z_ms2": np.abs(noise[5]),
            "gps_hdop": np.full(POINTS_EACH, 0.8),
            "gps_satellites": np.full(POINTS_EACH, 14.0),
            "gps_fix_type": np.full(POINTS_EACH, 3.0),
            **{f"motor_rpm_{n}": 5_200 + 80 * noise[n] for n in range(1, 5)},
        }
    )
