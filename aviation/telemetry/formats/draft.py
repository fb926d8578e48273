"""A flight record in the making: cleans each channel as it comes and writes the import report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import numpy as np

from aviation.telemetry.channels import label_of, spec_of
from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.times import BoolArray, quiet_stretches, recorded_spans
from aviation.telemetry.formats.wording import counted
from aviation.telemetry.record import (
    Autopilot,
    ClockSource,
    FlightRecord,
    FloatArray,
    ImportNote,
    LogEvent,
    NoteKind,
    Series,
    VehicleType,
)

GAP_S = 1.0
LEAD_IN_S = 30.0
"""A logger opens its file and writes definitions before the first sample; the record begins at
the opening when that is no longer ago than this. Events this far outside are kept, too."""
MAX_EVENTS = 5_000

NO_HDOP = 99.0
"""Receivers report 99.99 (or more) for a dilution they do not know."""

_ABSENT_AT_ZERO = frozenset(
    {
        "airspeed_ms",
        "vibration_x_ms2",
        "vibration_y_ms2",
        "vibration_z_ms2",
        "vibration_metric_ms2",
        "battery_voltage_v",
        "battery_current_a",
        "battery_consumed_mah",
        "board_voltage_v",
        "gps_hdop",
        "gps_horizontal_accuracy_m",
        "gps_vertical_accuracy_m",
        "gps_speed_accuracy_ms",
        "gps_jamming",
        "ekf_velocity_ratio",
        "ekf_position_ratio",
        "ekf_height_ratio",
        "ekf_compass_ratio",
        "ekf_airspeed_ratio",
        "magnetic_field_mgauss",
        "rc_signal_percentage",
        "cpu_load_percentage",
        "air_temperature_c",
    }
)
"""Channels in which 0 from the first to the last sample means that nothing measures them."""


@dataclass(slots=True)
class Draft:
    """Collects series, events and notes; ``finish`` makes the immutable record of them."""

    format: str
    series: dict[str, Series] = field(default_factory=dict)
    events: list[LogEvent] = field(default_factory=list)
    notes: list[ImportNote] = field(default_factory=list)
    parameters: Mapping[str, float] = field(default_factory=dict)
    autopilot: Autopilot = Autopilot.UNKNOWN
    vehicle_type: VehicleType = VehicleType.UNKNOWN
    firmware: str = ""
    hardware: str = ""
    opened_s: float | None = None
    """Boot-clock second in which the logger opened the file, where the file says so."""
    boot_at: datetime | None = None
    clock_source: ClockSource = ClockSource.NONE
    clock_uncertainty_s: float | None = None
    impossible_count: int = 0

    def note(self, kind: NoteKind, text: str) -> None:
        self.notes.append(ImportNote(kind, text))

    def add(self, channel: str, time_s: FloatArray, values: FloatArray | None, source: str) -> None:
        """Keep the good samples of one channel; ``time_s`` must increase strictly.

        The first source that yields a sample wins; later ones for the same channel are ignored.
        """
        if values is None or channel in self.series:
            return
        values = np.asarray(values, dtype=np.float64)
        known = np.isfinite(values) & np.isfinite(time_s)
        possible = _is_possible(channel, values)
        keep = known & possible
        if not keep.all():
            self._count_impossible(channel, int((known & ~possible).sum()))
            time_s, values = time_s[keep], values[keep]
        if values.size and not (channel in _ABSENT_AT_ZERO and not values.any()):
            self.series[channel] = Series(time_s, values, source)

    def add_events(self, events: Iterable[LogEvent]) -> None:
        """Keep the first of them, so that a hostile log cannot fill the memory."""
        self.events.extend(islice(events, MAX_EVENTS))

    def _count_impossible(self, channel: str, count: int) -> None:
        if count and channel != "gps_hdop":
            self.impossible_count += count
            label = label_of(channel).lower()
            text = f"{counted(count, 'value')} left out of {label}: outside what is possible."
            self.note(NoteKind.REPAIRED, text)

    def finish(self) -> FlightRecord:
        """The record. Raises UnreadableLog when no channel has a sample."""
        if not self.series:
            raise UnreadableLog("no_samples", "This log holds no samples that we can use.")
        self._leave_out_strays()
        times_s = self._distinct_times()
        start_s = min(float(time_s[0]) for time_s in times_s)
        end_s = max(float(time_s[-1]) for time_s in times_s)
        gaps = tuple(quiet_stretches(times_s, GAP_S))
        if self._is_opening_before(start_s):
            start_s = self.opened_s or start_s
        return FlightRecord(
            format=self.format,
            series=self.series,
            start_s=start_s,
            end_s=end_s,
            autopilot=self.autopilot,
            vehicle_type=self.vehicle_type,
            firmware=self.firmware,
            hardware=self.hardware,
            events=self._events_between(start_s - LEAD_IN_S, end_s + LEAD_IN_S),
            parameters=self.parameters,
            gaps=gaps,
            boot_at=self.boot_at,
            clock_source=self.clock_source,
            clock_uncertainty_s=self.clock_uncertainty_s,
            notes=tuple(self.notes),
            impossible_count=self.impossible_count,
        )

    def _distinct_times(self) -> list[FloatArray]:
        """Channels of one message share one array of times: each is taken once."""
        return list({id(series.time_s): series.time_s for series in self.series.values()}.values())

    def _is_opening_before(self, start_s: float) -> bool:
        return self.opened_s is not None and start_s - LEAD_IN_S <= self.opened_s < start_s

    def _leave_out_strays(self) -> None:
        """Samples from before the log was opened or far away from all others are not of it."""
        spans = recorded_spans(self._distinct_times())
        opened_s, strays = self.opened_s, dict[int, int]()
        if opened_s is not None and spans[0][0] < opened_s <= spans[0][0] + LEAD_IN_S:
            spans[0] = (opened_s, max(opened_s, spans[0][1]))
        for channel, series in list(self.series.items()):
            if _lies_within(series, spans):
                continue
            keep = _rows_within(series.time_s, spans)
            strays[id(series.time_s)] = int((~keep & (series.time_s > spans[0][0])).sum())
            trimmed = _trimmed(series, keep, spans[0][0], spec_of(channel).is_stepped)
            del self.series[channel]
            if trimmed is not None:
                self.series[channel] = trimmed
        if count := sum(strays.values()):
            text = f"{counted(count, 'sample')} left out: minutes away from all others."
            self.note(NoteKind.REPAIRED, text)

    def _events_between(self, start_s: float, end_s: float) -> tuple[LogEvent, ...]:
        inside = [event for event in self.events if start_s <= event.time_s <= end_s]
        inside.sort(key=lambda event: event.time_s)
        if len(inside) > MAX_EVENTS:
            text = f"The log holds {len(inside)} events; the first {MAX_EVENTS} were kept."
            self.note(NoteKind.SKIPPED, text)
        return tuple(inside[:MAX_EVENTS])


def _is_possible(channel: str, values: FloatArray) -> BoolArray:
    """Within the channel's physical limits. NaN counts as possible: it is merely unknown."""
    spec = spec_of(channel)
    possible = np.ones(values.shape, dtype=bool)
    if channel == "gps_hdop":
        possible &= ~(values >= NO_HDOP)
    if spec.lower is not None:
        possible &= ~(values < spec.lower)
    if spec.upper is not None:
        possible &= ~(values > spec.upper)
    return possible


def _lies_within(series: Series, spans: list[tuple[float, float]]) -> bool:
    """Whether all samples lie in the only span: the usual case, told without looking at each."""
    (start_s, end_s), *others = spans
    return not others and bool(series.time_s[0] >= start_s and series.time_s[-1] <= end_s)


def _rows_within(time_s: FloatArray, spans: list[tuple[float, float]]) -> BoolArray:
    keep = np.zeros(time_s.shape, dtype=bool)
    for start_s, end_s in spans:
        keep |= (time_s >= start_s) & (time_s <= end_s)
    return keep


def _trimmed(series: Series, keep: BoolArray, start_s: float, is_stepped: bool) -> Series | None:
    """The rows to ``keep``; a state's last value from before ``start_s`` moves to ``start_s``.

    A slow state such as "landed" is often written once, with the stamp of its last change long
    before the log began, and never again because it never changed.
    """
    time_s = series.time_s
    earlier = int(np.searchsorted(time_s, start_s))
    if is_stepped and earlier and not (earlier < time_s.size and time_s[earlier] == start_s):
        keep[earlier - 1] = True
        time_s = np.maximum(time_s, start_s)
    if not keep.any():
        return None
    return Series(time_s[keep], series.values[keep], series.source)
