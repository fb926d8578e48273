"""Storing placed points: once each, in one transaction with everything that is told of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import IntegrityError, connection, transaction
from numpy.typing import NDArray

from aviation.telemetry.choices import PointFlag
from aviation.telemetry.ingest.placing import Placed
from aviation.telemetry.ingest.runs import moments_us, order_sent, span_of
from aviation.telemetry.ingest.streams import flight_gone
from aviation.telemetry.storing import Gain, as_points, insert_new_staged, insert_staged, stage
from aviation.telemetry.storing_few import MOST_ROWS, insert_few
from aviation.tenants.retry import sqlstate_of

Flags = NDArray[np.int16]
Moments = NDArray[np.int64]
Mask = NDArray[np.bool_]
JUMP_US = 1_000_000
"""A clock that goes back by less is jitter."""
FOREIGN_KEY_VIOLATION = "23503"
LAST_KNOWN = (
    "latitude",
    "longitude",
    "altitude_m",
    "height_m",
    "ground_speed_ms",
    "yaw_deg",
    "battery_percentage",
    "battery_voltage_v",
)


def write(placed: Sequence[Placed], *, now: datetime) -> int:
    """Store the points; answers how many were new. The rest were stored before."""
    if not placed:
        return 0
    flags = [flags_of(each, now) for each in placed]
    points = pa.concat_tables(
        _shaped(each.points, noticed, slot)
        for slot, (each, noticed) in enumerate(zip(placed, flags, strict=True), start=1)
    )
    stored = _stored(points, [each.stream.session_id for each in placed], flags)
    for each, gain in zip(placed, stored, strict=True):
        _move_on(each, gain, now)
    return sum(gain.rows for gain in stored)


def _shaped(points: pa.Table, flags: Flags, slot: int) -> pa.Table:
    """``flags`` is null where nothing was noticed: most rows then carry no byte for it."""
    column = pa.array(flags, mask=flags == 0)
    slots = pa.repeat(pa.scalar(slot, pa.int16()), points.num_rows)
    marked = points.append_column("flags", column).append_column("slot", slots)
    return as_points(marked, points["timestamp"])


def _stored(
    points: pa.Table, session_ids: Sequence[uuid.UUID], flags: Sequence[Flags]
) -> list[Gain]:
    try:
        if points.num_rows <= MOST_ROWS:
            return insert_few(points, session_ids)
        stage(points)
        if _are_all_new(session_ids):
            return [Gain(len(each), *_counted(each)) for each in flags]
        return insert_new_staged(session_ids)
    except IntegrityError as error:
        if sqlstate_of(error) == FOREIGN_KEY_VIOLATION:
            raise flight_gone() from None
        raise


def _are_all_new(session_ids: Sequence[uuid.UUID]) -> bool:
    """Insert as if they were, which is quicker; a point that is there already shows at once."""
    try:
        with transaction.atomic():
            insert_staged(session_ids)
    except IntegrityError:
        return False
    return True


def _counted(flags: Flags) -> tuple[int, int]:
    """How many came late, and at how many the clock went back."""
    return int((flags & PointFlag.LATE > 0).sum()), int((flags & PointFlag.CLOCK_JUMP > 0).sum())


def flags_of(placed: Placed, now: datetime) -> Flags:
    """What is noticed about each point's time; bits of PointFlag."""
    moments = moments_us(placed.points)
    flags = np.zeros(len(moments), dtype=np.int16)
    flags[_late(placed, moments)] |= PointFlag.LATE
    flags[moments > _microseconds(now)] |= PointFlag.EARLY
    flags[_jumps(placed, moments)] |= PointFlag.CLOCK_JUMP
    return flags


def _late(placed: Placed, moments: Moments) -> Mask:
    """Older than what was stored before. Behind a clock that went back, the numbers decide."""
    stream = placed.stream
    if not stream.point_count:
        return np.zeros(len(moments), dtype=np.bool_)
    is_older = moments < _microseconds(stream.last_point_at)
    if stream.last_sequence is None or order_sent(placed.points) is None:
        return is_older
    is_earlier: Mask = np.asarray(placed.points["sequence"]) < stream.last_sequence
    return is_older & is_earlier


def _jumps(placed: Placed, moments: Moments) -> Mask:
    """The points at which, in the sender's order, the clock went back."""
    jumped = np.zeros(len(moments), dtype=np.bool_)
    order = order_sent(placed.points)
    if order is None:
        return jumped
    jumped[order[1:][np.diff(moments[order]) < -JUMP_US]] = True
    stream, first = placed.stream, int(order[0])
    if stream.last_sequence is not None and stream.last_sequence_at is not None:
        goes_on = placed.points["sequence"][first].as_py() > stream.last_sequence
        before = _microseconds(stream.last_sequence_at)
        jumped[first] = goes_on and moments[first] - before < -JUMP_US
    return jumped


def _move_on(placed: Placed, gain: Gain, now: datetime) -> None:
    """One UPDATE of the stream: counters, and the last known position where it is newer."""
    points, stream = placed.points, placed.stream
    first, last = span_of(points)
    changes: dict[str, Any] = dict.fromkeys(("highest", "highest_at", *LAST_KNOWN))
    changes |= {"session_id": stream.session_id, "first": first, "last": last, "now": now}
    changes |= {"rows": gain.rows, "jumps": gain.jumps, "late": gain.late}
    is_newer = stream.point_count == 0 or last >= stream.last_point_at
    order = order_sent(points)
    if order is not None:
        points = points.take(pa.array(order))
        newest = points.slice(points.num_rows - 1).select(["sequence", "timestamp"]).to_pylist()[0]
        changes |= {"highest": newest["sequence"], "highest_at": newest["timestamp"]}
        is_newer |= stream.last_sequence is None or newest["sequence"] > stream.last_sequence
    if is_newer:
        changes |= _last_known(points)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_ON, changes)


_MOVE_ON = (
    """UPDATE telemetry_streamedflight SET
    point_count = point_count + %(rows)s,
    jump_count = jump_count + %(jumps)s,
    late_count = late_count + %(late)s,
    first_point_at = least(first_point_at, %(first)s),
    last_point_at = greatest(last_point_at, %(last)s),
    last_received_at = %(now)s,
    last_sequence = greatest(last_sequence, %(highest)s),
    last_sequence_at = CASE WHEN %(highest)s > coalesce(last_sequence, -1)
        THEN %(highest_at)s ELSE last_sequence_at END,
    """
    + ", ".join(f"{name} = coalesce(%({name})s, {name})" for name in LAST_KNOWN)
    + """
WHERE session_id = %(session_id)s"""
)
"""Another batch may have gone further meanwhile. What is not given stays as it is."""


def _last_known(points: pa.Table) -> dict[str, float]:
    """The newest value of each channel that the live map shows."""
    found = {}
    for name in LAST_KNOWN:
        if name in points.column_names:
            known = points[name].drop_null()
            if len(known):
                found[name] = float(known[-1].as_py())
    return found


def _microseconds(moment: datetime) -> int:
    return int(pa.scalar(moment, pa.timestamp("us", tz="UTC")).cast(pa.int64()).as_py())
