"""The charts of a whole flight as one compressed document, made once at import.

The flight page fetches it as it stands: no query of its rows, no parsing, no downsampling in a
page view.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from aviation.telemetry.channels import CHANNELS, label_of, spec_of
from aviation.telemetry.phases import FlightPhases
from aviation.telemetry.record import EventKind, FlightRecord, Series
from aviation.telemetry.resample import overview_levels, simplify_track

MAX_POINTS = 1_500
GROUP_LABELS = {
    "position": "Position and height",
    "speed": "Speed",
    "attitude": "Attitude",
    "inertial": "Acceleration and rates",
    "vibration": "Vibration",
    "battery": "Battery and supply",
    "gps": "Satellite navigation",
    "estimator": "Position estimator",
    "compass": "Compass",
    "propulsion": "Propulsion",
    "state": "State",
}
NOT_CHARTED = frozenset({"latitude", "longitude"})
Document = dict[str, Any]


def build_overview(
    record: FlightRecord, phases: FlightPhases, marks: Sequence[Document]
) -> Document:
    """Everything the flight page draws. ``marks`` are the findings, as the analysis gives them."""
    return {
        "start_s": round(record.start_s, 3),
        "end_s": round(record.end_s, 3),
        "boot_at": record.boot_at.isoformat() if record.boot_at else None,
        "groups": _groups(record),
        "track": _track(record),
        "findings": list(marks),
        "phases": {"armed": _spans(phases.armed), "flying": _spans(phases.flying)},
        "modes": _modes(record),
        "gaps": _spans(record.gaps),
    }


def compress(document: Document) -> tuple[bytes, str]:
    """The document as gzip and its entity tag; equal documents give equal bytes."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    payload = gzip.compress(text.encode(), compresslevel=5, mtime=0)
    return payload, hashlib.sha256(payload).hexdigest()[:32]


def _groups(record: FlightRecord) -> list[Document]:
    order = list(CHANNELS)
    names = sorted(
        (name for name in record.series if name not in NOT_CHARTED),
        key=lambda name: (order.index(spec_of(name).name), len(name), name),
    )
    groups = []
    for group, label in GROUP_LABELS.items():
        channels = [_channel(n, record.series[n]) for n in names if spec_of(n).group == group]
        if channels:
            units = {channel["unit"] for channel in channels}
            unit = units.pop() if len(units) == 1 else ""
            groups.append({"name": group, "label": label, "unit": unit, "channels": channels})
    return groups


def _channel(name: str, series: Series) -> Document:
    time_s, values = overview_levels(series, max_points=MAX_POINTS)
    spec = spec_of(name)
    return {
        "name": name,
        "label": label_of(name),
        "unit": spec.unit,
        "is_stepped": spec.is_stepped,
        "time_s": np.round(time_s, 3).tolist(),
        "values": _rounded(values).tolist(),
    }


def _rounded(values: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
    """Five significant digits of the channel's range: more than a screen can show."""
    largest = float(np.max(np.abs(values), initial=0.0))
    digits = 4 - int(np.floor(np.log10(largest))) if largest > 0 else 0
    return np.round(values, max(0, min(digits, 9)))


def _track(record: FlightRecord) -> Document:
    latitude, longitude = record.series.get("latitude"), record.series.get("longitude")
    if latitude is None or longitude is None:
        return {"time_s": [], "latitude": [], "longitude": [], "altitude_m": []}
    path = simplify_track(latitude.values, longitude.at(latitude.time_s), latitude.time_s)
    altitude = record.series.get("altitude_m") or record.series.get("height_m")
    heights = altitude.at(path[2]) if altitude else np.zeros_like(path[2])
    return {
        "time_s": np.round(path[2], 2).tolist(),
        "latitude": np.round(path[0], 7).tolist(),
        "longitude": np.round(path[1], 7).tolist(),
        "altitude_m": np.round(heights, 1).tolist(),
    }


def _spans(spans: Sequence[tuple[float, float]]) -> list[list[float]]:
    return [[round(start, 3), round(end, 3)] for start, end in spans]


def _modes(record: FlightRecord) -> list[Document]:
    """The flight modes as stretches, each until the next begins."""
    changes = [event for event in record.events if event.kind == EventKind.MODE]
    ends = [*(event.time_s for event in changes[1:]), record.end_s][: len(changes)]
    return [
        {"start_s": round(event.time_s, 3), "end_s": round(end, 3), "name": event.code}
        for event, end in zip(changes, ends, strict=True)
    ]
