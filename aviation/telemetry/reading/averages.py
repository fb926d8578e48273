"""The moving average of a flight's channels, thinned for charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aviation.common.errors import Rejected
from aviation.flights.models import FlightSession
from aviation.telemetry.reading.channel_figures import HEADINGS
from aviation.telemetry.reading.moving import moving_average
from aviation.telemetry.reading.span import Span
from aviation.telemetry.windows import Window, count_rows, read_rows, stretch_rows, thin

MAX_CHANNELS = 20
"""A window of an hour is held in memory for each."""


def read_average(
    *,
    flight: FlightSession,
    channels: Sequence[str],
    span: Span,
    window_s: float,
    max_points: int,
) -> Window:
    """Averages at no more than ``max_points`` of the stretch's rows; no peak of them is lost.

    Raises Rejected for too many channels, or too few points for them.
    """
    names = tuple(channels)
    if len(names) > MAX_CHANNELS:
        raise Rejected(
            f"Name at most {MAX_CHANNELS} channels to average.", code="too_many_channels"
        )
    rows_total = count_rows(flight, span) if flight.boot_at and names else 0
    if rows_total == 0:
        return Window(names, np.empty((0, 1 + len(names))), 0)
    headings = [place for place, name in enumerate(names, start=1) if name in HEADINGS]
    averaged = moving_average(read_rows(flight, names, span), window_s=window_s, headings=headings)
    if rows_total <= max_points:
        return Window(names, np.concatenate(list(averaged)), rows_total)
    stretch = stretch_rows(rows_total, channels=len(names), max_points=max_points)
    return Window(names, thin(averaged, stretch=stretch), rows_total)
