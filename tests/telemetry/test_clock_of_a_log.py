"""I11: a log that counts from boot, whose receiver has its first fix after 90 s."""

from __future__ import annotations

import gzip
import json
import struct
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.core.files.base import ContentFile

from aviation.flights.choices import FlightClock, LogState
from aviation.flights.logs import DuplicateLog, keep_log
from aviation.flights.models import FlightLog, FlightSession
from aviation.telemetry.importing import import_log
from aviation.telemetry.models import TelemetryPoint
from tests.conftest import Cast
from tests.telemetry.log_bytes import ATTITUDE, UlogBytes

BOOT_AT = datetime(2026, 11, 1, 9, 0, 0, 123_456, tzinfo=UTC)
FIRST_FIX_S, LENGTH_S = 90.0, 240.0
DROPOUTS = ((30.0, 32.5), (120.0, 121.5), (200.0, 204.0))
"""One before the first fix, two after it."""
GPS = (
    "vehicle_gps_position:uint64_t timestamp;uint64_t time_utc_usec;int32_t lat;int32_t lon;"
    "int32_t alt;float hdop;uint8_t fix_type;uint8_t satellites_used;"
)
STALE_UTC = datetime(2019, 4, 7, tzinfo=UTC)
"""What the receiver takes the date to be until a satellite tells it better."""
JITTER_US = 20_000


def is_dropped(time_s: float) -> bool:
    return any(start_s < time_s < end_s for start_s, end_s in DROPOUTS)


def late_fix_log() -> bytes:
    """Attitude at 20 Hz and the receiver at 5 Hz; the receiver's stamps wander by 20 ms."""
    log = UlogBytes(0).define(ATTITUDE).define(GPS)
    attitude, gps = log.subscribe("vehicle_attitude"), log.subscribe("vehicle_gps_position")
    jitter_us = np.random.default_rng(1).uniform(-JITTER_US, JITTER_US, 20 * int(LENGTH_S))
    told = 0
    for row in range(20 * int(LENGTH_S)):
        time_s = row / 20
        if is_dropped(time_s):
            continue
        while told < len(DROPOUTS) and DROPOUTS[told][1] <= time_s:
            start_s, end_s = DROPOUTS[told]
            log.add("O", struct.pack("<H", round(1_000 * (end_s - start_s))))
            told += 1
        time_us = row * 50_000
        log.data(attitude, "Q4f", time_us, 1.0, 0.0, 0.0, 0.0)
        if row % 4 == 0:
            log.data(gps, "QQiiifBB", time_us, *receiver(time_s, float(jitter_us[row])))
    return bytes(log)


def receiver(time_s: float, jitter_us: float) -> tuple[float, ...]:
    if time_s < FIRST_FIX_S:
        stale_us = int(STALE_UTC.timestamp() * 1e6 + time_s * 1e6)
        return stale_us, 0, 0, 0, 99.99, 1, 2
    moment_us = round(BOOT_AT.timestamp() * 1e6 + time_s * 1e6 + jitter_us)
    return moment_us, 464_700_000, 82_500_000, 1_341_000, 0.8, 3, 12


@pytest.fixture(scope="module")
def content() -> bytes:
    return late_fix_log()


def bring(cast: Cast, content: bytes) -> FlightLog:
    log = keep_log(
        file=ContentFile(content), file_name="late.ulg", aircraft=cast.aircraft, uploaded_by=None
    )
    imported = import_log(log_id=log.pk, task_id="test")
    assert imported is not None
    assert imported.state == LogState.IMPORTED, imported.error_message
    return imported


def test_utc_is_right_within_50_ms(in_alpha: Cast, content: bytes) -> None:
    flight = bring(in_alpha, content).session
    assert flight is not None
    assert flight.boot_at is not None
    assert flight.clock_source == FlightClock.GPS
    assert abs(flight.boot_at - BOOT_AT) <= timedelta(milliseconds=50)
    assert flight.clock_uncertainty_s == pytest.approx(0.2, abs=0.05)


def test_moments_of_stored_points_are_right_before_and_after_the_fix(
    in_alpha: Cast, content: bytes
) -> None:
    flight = bring(in_alpha, content).session
    points = TelemetryPoint.objects.filter(session=flight).order_by("timestamp")
    for time_s, point in ((0.0, points.first()), (LENGTH_S, points.last())):
        assert point is not None
        error = point.timestamp - (BOOT_AT + timedelta(seconds=time_s))
        assert abs(error) <= timedelta(milliseconds=100)  # half a row and the clock's own 50 ms
    first_fix = points.filter(latitude__isnull=False).first()
    assert first_fix is not None
    since_boot_s = (first_fix.timestamp - BOOT_AT).total_seconds()
    assert since_boot_s == pytest.approx(FIRST_FIX_S, abs=0.5)


def test_each_dropout_is_recorded_as_a_gap(in_alpha: Cast, content: bytes) -> None:
    flight = bring(in_alpha, content).session
    assert flight is not None
    document = json.loads(gzip.decompress(bytes(flight.overview.payload)))
    assert document["gaps"] == [
        [pytest.approx(start_s, abs=0.06), pytest.approx(end_s, abs=0.06)]
        for start_s, end_s in DROPOUTS
    ]
    assert "3 gaps" in next(
        part["sentence"] for part in flight.quality.parts if "gap" in part["name"]
    )


def test_import_of_the_same_log_again_adds_no_row(in_alpha: Cast, content: bytes) -> None:
    log = bring(in_alpha, content)
    before = TelemetryPoint.objects.count()
    assert import_log(log_id=log.pk, task_id="redelivered") is None
    with pytest.raises(DuplicateLog):
        bring(in_alpha, content)
    assert TelemetryPoint.objects.count() == before > 0
    assert FlightSession.objects.count() == 1
