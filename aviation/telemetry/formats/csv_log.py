"""Reads a table of samples (CSV) into a flight record, whatever program wrote it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.channels import label_of
from aviation.telemetry.formats.csv_columns import Understood, understand
from aviation.telemetry.formats.csv_rows import Rows, read_rows
from aviation.telemetry.formats.csv_text import Layout, layout_of
from aviation.telemetry.formats.csv_time import TimeColumn, Timeline, is_newest_first, is_time
from aviation.telemetry.formats.draft import Draft
from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.opening import LogBytes
from aviation.telemetry.formats.switches import state_events
from aviation.telemetry.formats.times import increasing_rows
from aviation.telemetry.formats.wording import counted, shown
from aviation.telemetry.record import ClockSource, FlightRecord, FloatArray, NoteKind

CLOCK_UNCERTAINTY_S = 1.0
"""What a program's own time stamps may be off: many write whole seconds."""


def read_csv(data: LogBytes) -> FlightRecord:
    """The flight record of a table. Raises UnreadableLog without a time or a known column."""
    layout = layout_of(data)
    time_place = _time_place(layout)
    columns = _columns(layout, time_place)
    time = TimeColumn(layout.header[time_place], layout.has_decimal_comma)
    rows = read_rows(data, layout, time_place, time, list(columns))
    timeline = time.timeline()
    if timeline is None or not np.isfinite(timeline.time_s).any():
        name = layout.header[time_place]
        text = f"The time column ({name}) holds no times that we can read."
        raise UnreadableLog("no_time", text)
    draft = Draft(format="csv")
    _set_clock(timeline, draft)
    _note_left_out(layout, time_place, columns, rows, draft)
    _add_columns(rows, columns, timeline.time_s, draft)
    draft.add_events(state_events(draft.series.get("is_armed"), draft.series.get("is_flying")))
    return draft.finish()


def _time_place(layout: Layout) -> int:
    for place, header in enumerate(layout.header):
        if is_time(header):
            return place
    text = f"This table has no time column. Its columns are: {shown(list(layout.header))}."
    raise UnreadableLog("no_time", text)


def _columns(layout: Layout, time_place: int) -> dict[int, Understood]:
    """Meaning of the understood columns by place, the first of each channel."""
    columns: dict[str, tuple[int, Understood]] = {}
    for place, header in enumerate(layout.header):
        meaning = None if place == time_place else understand(header)
        if meaning is not None:
            columns.setdefault(meaning.channel, (place, meaning))
    if not columns:
        text = f"We know none of this table's columns. They are: {shown(list(layout.header))}."
        raise UnreadableLog("no_columns", text)
    return dict(columns.values())


def _set_clock(timeline: Timeline, draft: Draft) -> None:
    if timeline.remark:
        draft.note(NoteKind.KEPT, timeline.remark)
    if timeline.zero_at is not None:
        draft.boot_at, draft.clock_source = timeline.zero_at, ClockSource.LOG
        draft.clock_uncertainty_s = CLOCK_UNCERTAINTY_S


def _note_left_out(
    layout: Layout, time_place: int, columns: dict[int, Understood], rows: Rows, draft: Draft
) -> None:
    others = [
        header
        for place, header in enumerate(layout.header)
        if place != time_place and place not in columns
    ]
    if others:
        text = f"Columns that we do not know were left out: {shown(others)}."
        draft.note(NoteKind.SKIPPED, text)
    for place, count in rows.unreadable.items():
        if count:
            label = label_of(columns[place].channel).lower()
            text = f"{counted(count, 'value')} left out of {label}: not a number."
            draft.note(NoteKind.REPAIRED, text)
    if rows.bad_rows:
        text = f"{counted(rows.bad_rows, 'row')} left out: too many or too few fields."
        draft.note(NoteKind.REPAIRED, text)
    if rows.is_cut_short:
        text = "The table breaks off in the middle: everything before was kept."
        draft.note(NoteKind.REPAIRED, text)


def _add_columns(
    rows: Rows, columns: dict[int, Understood], times: FloatArray, draft: Draft
) -> None:
    timed = np.flatnonzero(np.isfinite(times))
    if is_newest_first(times[timed]):
        timed = timed[::-1]
        draft.note(NoteKind.REPAIRED, "The rows were sorted newest first; they were turned round.")
    keep = timed[increasing_rows(times[timed])]
    _note_times(times.size - timed.size, timed.size - keep.size, draft)
    values = {
        meaning.channel: _chosen(rows.take(place), keep) * meaning.scale
        for place, meaning in columns.items()
    }
    _exchange_swapped_position(values, draft)
    _keep_whole_positions(values)
    for channel, samples in values.items():
        draft.add(channel, times[keep], samples, channel)


def _chosen(values: FloatArray, keep: NDArray[np.intp]) -> FloatArray:
    is_whole_and_in_order = keep.size == values.size and keep[0] == 0
    return values if is_whole_and_in_order else values[keep]


def _note_times(without: int, disordered: int, draft: Draft) -> None:
    if without:
        draft.note(NoteKind.REPAIRED, f"{counted(without, 'row')} left out: no time in it.")
    if disordered:
        text = f"{counted(disordered, 'row')} left out: the time is repeated or runs backward."
        draft.note(NoteKind.REPAIRED, text)


def _exchange_swapped_position(values: dict[str, FloatArray], draft: Draft) -> None:
    """Latitudes beyond 90° beside longitudes that never are: the columns were mixed up."""
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if latitude is None or longitude is None:
        return
    beyond = np.abs(latitude[np.isfinite(latitude)]) > 90.0
    fits = np.abs(longitude[np.isfinite(longitude)]) <= 90.0
    if beyond.size and fits.size and beyond.mean() > 0.5 and fits.all():
        values["latitude"], values["longitude"] = longitude, latitude
        text = "Latitude and longitude stood in each other's columns and were exchanged."
        draft.note(NoteKind.REPAIRED, text)


def _keep_whole_positions(values: dict[str, FloatArray]) -> None:
    """A latitude without its longitude is no position, nor the other way round."""
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if latitude is not None and longitude is not None:
        is_latitude, is_longitude = np.abs(latitude) <= 90.0, np.abs(longitude) <= 180.0
        values["latitude"] = np.where(is_longitude, latitude, np.nan)
        values["longitude"] = np.where(is_latitude, longitude, np.nan)
