"""The UTC moment of a log's boot, from the pairs of boot time and satellite time it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from aviation.telemetry.record import FloatArray

UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GPS_EPOCH_UNIX_S = 315_964_800
"""1980-01-06 00:00 UTC, the origin of GPS weeks."""
WEEK_S = 604_800

LEAP_SECONDS = ((2017, 1, 18), (2015, 7, 17), (2012, 7, 16), (2009, 1, 15), (2006, 1, 14))
"""GPS minus UTC in seconds from the first day of (year, month) on, newest first.
Source: IERS Bulletin C (leap second announcements); 13 s held from 1999 to 2006."""
_OLDEST_LEAP_S = 13

EARLIEST_UTC_S = datetime(2005, 1, 1, tzinfo=UTC).timestamp()
LATEST_UTC_S = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
"""Receivers without a date report years outside these."""

RECEIVER_DELAY_S = 0.2
"""How late a receiver's solution may reach the autopilot: the least that we may be off."""


@dataclass(frozen=True, slots=True)
class BootMoment:
    at: datetime
    uncertainty_s: float


def boot_moment(time_s: FloatArray, utc_s: FloatArray) -> BootMoment | None:
    """The UTC of boot-clock zero from pairs (boot seconds, Unix seconds) with a good fix.

    The median of all pairs, so that single wrong dates do not count; None without a usable pair.
    """
    usable = (utc_s > EARLIEST_UTC_S) & (utc_s < LATEST_UTC_S) & np.isfinite(time_s)
    if not usable.any():
        return None
    boot_s = utc_s[usable] - time_s[usable]
    middle_s = float(np.median(boot_s))
    spread_s = float(np.percentile(np.abs(boot_s - middle_s), 95))
    if not 0 <= middle_s < LATEST_UTC_S:
        return None
    return BootMoment(UNIX_EPOCH + timedelta(seconds=middle_s), RECEIVER_DELAY_S + spread_s)


def utc_of_gps(week: FloatArray, week_s: FloatArray) -> FloatArray:
    """Unix seconds of GPS week numbers and seconds within the week."""
    gps_s: FloatArray = GPS_EPOCH_UNIX_S + week * WEEK_S + week_s
    leap_s: FloatArray = np.full(gps_s.shape, float(_OLDEST_LEAP_S))
    for year, month, seconds in reversed(LEAP_SECONDS):
        begins_s = datetime(year, month, 1, tzinfo=UTC).timestamp()
        leap_s[gps_s - seconds >= begins_s] = seconds
    return gps_s - leap_s
