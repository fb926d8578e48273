"""Rows at up to 10 Hz for storage, and small faithful pictures of channels and tracks."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aviation.telemetry.channels import spec_of
from aviation.telemetry.record import FlightRecord, FloatArray, Series

METRES_PER_DEGREE = 111_195.0
"""One degree of latitude on a sphere of 6371 km radius."""

MAX_TRACK_ROWS = 36_000
"""Positions of an hour at 10 Hz."""

_ANGLES = frozenset({"roll_deg", "yaw_deg", "roll_setpoint_deg", "yaw_setpoint_deg", "longitude"})
"""Channels that turn full circle: between 359° and 1° lies 0°, not 180°."""

NEAR_PERIODS = 1.5
"""A row takes a channel's value when a sample lies no further away than this many periods."""


def to_rows(record: FlightRecord, rate_hz: float = 10) -> pa.Table:
    """The record on a common grid: ``time_s`` and one float64 column per stored channel.

    There is a row for every step of the grid in which any channel has a sample, so none is
    invented in a gap. A value is null where its channel has no sample near enough.
    """
    stored = {name: series for name, series in record.series.items() if spec_of(name).is_stored}
    time_s = _grid(list(stored.values()), rate_hz)
    columns = {"time_s": pa.array(time_s)}
    for name in sorted(stored):
        values, is_known = _column(name, stored[name], time_s, 1.0 / rate_hz)
        columns[name] = pa.array(values, mask=~is_known)
    return pa.table(columns)


def _grid(series: list[Series], rate_hz: float) -> FloatArray:
    """The grid's times, multiples of 1/rate_hz, next to which any sample lies."""
    distinct = {id(one.time_s): one.time_s for one in series}.values()
    steps = [np.unique(np.round(time_s * rate_hz)) for time_s in distinct]
    if not steps:
        return np.empty(0)
    grid: FloatArray = np.unique(np.concatenate(steps)) / rate_hz
    return grid


def _column(
    name: str, series: Series, time_s: FloatArray, step_s: float
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Values at ``time_s`` and whether each is known."""
    spec = spec_of(name)
    before = np.searchsorted(series.time_s, time_s + 0.5 * step_s, side="right") - 1
    if spec.is_stepped and spec.group == "state":
        return series.values[np.maximum(before, 0)], before >= 0
    near_s = max(NEAR_PERIODS * _period_s(series), step_s)
    is_near = _nearest_s(series.time_s, time_s) <= near_s
    if spec.is_stepped:
        return series.values[np.maximum(before, 0)], is_near & (before >= 0)
    return _interpolated(name, series, time_s, 2 * near_s), is_near


def _period_s(series: Series) -> float:
    return float(np.median(np.diff(series.time_s))) if series.time_s.size > 1 else 0.0


def _nearest_s(sample_s: FloatArray, time_s: FloatArray) -> FloatArray:
    """How far the nearest sample lies from each time."""
    after = np.clip(np.searchsorted(sample_s, time_s), 0, sample_s.size - 1)
    before = np.maximum(after - 1, 0)
    return np.minimum(np.abs(sample_s[after] - time_s), np.abs(time_s - sample_s[before]))


def _interpolated(name: str, series: Series, time_s: FloatArray, bridge_s: float) -> FloatArray:
    """Linear between samples up to ``bridge_s`` apart; beside a wider gap, the nearest sample."""
    sample_s, values = series.time_s, series.values
    is_angle = name in _ANGLES
    smooth = np.unwrap(values, period=360.0) if is_angle else values
    result = np.interp(time_s, sample_s, smooth)
    after = np.clip(np.searchsorted(sample_s, time_s), 0, sample_s.size - 1)
    before = np.maximum(after - 1, 0)
    is_nearer_before = time_s - sample_s[before] < sample_s[after] - time_s
    nearest = smooth[np.where(is_nearer_before, before, after)]
    result = np.where(sample_s[after] - sample_s[before] > bridge_s, nearest, result)
    return _wrapped(result, values) if is_angle else result


def _wrapped(angles: FloatArray, like: FloatArray) -> FloatArray:
    """Angles in the range that the channel itself uses: from -180 or from 0."""
    lowest = -180.0 if like.min() < 0 else 0.0
    return np.mod(angles - lowest, 360.0) + lowest


def overview_levels(series: Series, max_points: int = 2000) -> tuple[FloatArray, FloatArray]:
    """At most ``max_points`` samples, in order of time, among them the extremes of every part.

    Each of equally large parts gives its lowest and highest sample; the first and the last sample
    are always there.
    """
    count = series.time_s.size
    if count <= max_points:
        return series.time_s, series.values
    parts = max((max_points - 2) // 2, 1)
    size = -(-count // parts)
    padded = np.append(series.values, np.full(-count % size, series.values[-1]))
    table = padded.reshape(-1, size)
    begins = np.arange(0, padded.size, size)
    rows = np.concatenate(
        ([0, count - 1], begins + table.argmin(axis=1), begins + table.argmax(axis=1))
    )
    rows = np.unique(np.minimum(rows, count - 1))
    return series.time_s[rows], series.values[rows]


def simplify_track(
    latitude: FloatArray,
    longitude: FloatArray,
    time_s: FloatArray,
    tolerance_m: float = 1.0,
    max_points: int = 1500,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Latitude, longitude and time of the points that keep the flown track, in order of time.

    Douglas-Peucker with the time-synchronous distance (Meratnia and de By, 2004), splitting the
    worst stretch first: at every moment the drawn aircraft is within ``tolerance_m`` of where it
    was, unless ``max_points`` were used up before. Shape alone would let the marker of a replay
    run ahead of an aircraft that slows down. Of a track longer than MAX_TRACK_ROWS every n-th
    point is looked at: each split costs a pass over its stretch.
    """
    looked_at = _evenly(latitude.size, MAX_TRACK_ROWS)
    latitude, longitude, time_s = latitude[looked_at], longitude[looked_at], time_s[looked_at]
    east, north = _plane_m(latitude, longitude)
    rows = _kept_rows(east, north, time_s, tolerance_m, max_points)
    return latitude[rows], longitude[rows], time_s[rows]


def _evenly(count: int, at_most: int) -> NDArray[np.intp]:
    """Every n-th of so many rows, and the last."""
    rows = np.arange(0, count, max(-(-count // at_most), 1))
    return rows if count == 0 or rows[-1] == count - 1 else np.append(rows, count - 1)


def _plane_m(latitude: FloatArray, longitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Positions in metres on a plane that touches the earth at the track's middle."""
    if not latitude.size:
        return latitude, longitude
    narrowing = np.cos(np.radians(0.5 * (latitude.min() + latitude.max())))
    east = np.unwrap(longitude, period=360.0) * METRES_PER_DEGREE * narrowing
    return east - east[0], (latitude - latitude[0]) * METRES_PER_DEGREE


def _kept_rows(
    east: FloatArray, north: FloatArray, time_s: FloatArray, tolerance_m: float, max_points: int
) -> NDArray[np.intp]:
    last = east.size - 1
    if last < 2:
        return np.arange(east.size)
    kept, heap = {0, last}, [_worst(east, north, time_s, 0, last)]
    while heap and len(kept) < max_points:
        negative_m, row, start, stop = heappop(heap)
        if -negative_m <= tolerance_m:
            break
        kept.add(row)
        for begin, end in ((start, row), (row, stop)):
            if end - begin > 1:
                heappush(heap, _worst(east, north, time_s, begin, end))
    return np.array(sorted(kept), dtype=np.intp)


def _worst(
    east: FloatArray, north: FloatArray, time_s: FloatArray, start: int, stop: int
) -> tuple[float, int, int, int]:
    """The point between two rows that is farthest from where even motion would have put it.

    Gives its distance, negated so that a heap yields the largest first, its row, and both ends.
    """
    across, along = east[stop] - east[start], north[stop] - north[start]
    x, y = east[start + 1 : stop] - east[start], north[start + 1 : stop] - north[start]
    elapsed_s = time_s[stop] - time_s[start]
    share = (time_s[start + 1 : stop] - time_s[start]) / elapsed_s
    distance_m = np.hypot(x - share * across, y - share * along)
    row = int(distance_m.argmax())
    return -float(distance_m[row]), start + 1 + row, start, stop
