"""The same figures of a flight whose rows are archived, counted by numpy over the rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from aviation.flights.models import FlightSession
from aviation.telemetry.reading.channel_figures import HEADINGS, NOTHING, ChannelStatistics
from aviation.telemetry.reading.span import Span
from aviation.telemetry.record import FloatArray
from aviation.telemetry.windows import read_rows

PERCENTILES = (50, 95, 99)


def archived_statistics(
    flight: FlightSession, channels: Sequence[str], span: Span
) -> dict[str, ChannelStatistics]:
    """The figures of each channel; one channel is held in memory at a time."""
    assert flight.boot_at is not None
    return {name: _of_channel(flight, flight.boot_at, name, span) for name in channels}


def _of_channel(
    flight: FlightSession, boot_at: datetime, name: str, span: Span
) -> ChannelStatistics:
    rows = np.concatenate([np.empty((0, 2)), *read_rows(flight, [name], span)])
    known = rows[~np.isnan(rows[:, 1])]
    return _figures(known, boot_at, is_heading=name in HEADINGS) if len(known) else NOTHING


def _figures(rows: FloatArray, boot_at: datetime, *, is_heading: bool) -> ChannelStatistics:
    time_s, values = rows.T
    p50, p95, p99 = map(float, np.percentile(values, PERCENTILES))
    return ChannelStatistics(
        count=len(values),
        min=float(values.min()),
        max=float(values.max()),
        mean=float(values.mean()),
        standard_deviation=float(values.std()),
        p50=p50,
        p95=p95,
        p99=p99,
        first_at=boot_at + timedelta(microseconds=round(time_s[0] * 1e6)),
        last_at=boot_at + timedelta(microseconds=round(time_s[-1] * 1e6)),
        mean_direction_deg=_mean_direction(values) if is_heading else None,
    )


def _mean_direction(values: FloatArray) -> float:
    turned = np.exp(1j * np.radians(values)).mean()
    return float(np.degrees(np.angle(turned)) % 360)
