"""ArduPilot messages on the boot clock in seconds, in order of time, one instance at a time."""

from __future__ import annotations

from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.formats.dataflash_reader import DataflashFile, Table
from aviation.telemetry.formats.times import increasing_rows
from aviation.telemetry.record import FloatArray

_INSTANCE_COLUMNS = ("I", "Instance", "Inst", "IMU", "C")
"""Columns that number several sensors of a kind; ``C`` is the estimator's core."""


def boot_seconds(table: Table) -> FloatArray | None:
    """The boot-clock time a message carries; None when it carries none.

    In logs before 3.3 a GPS message's ``TimeMS`` counts within the GPS week and only ``T`` from
    boot, while ``TimeMS`` of every other message counts from boot.
    """
    for column, scale in (("TimeUS", 1e-6), ("T", 1e-3), ("TimeMS", 1e-3)):
        is_boot_time = column != "T" if "Week" not in table.columns else column != "TimeMS"
        times = table.numbers(column) if is_boot_time else None
        if times is not None:
            return times * scale
    return None


@final
class Messages:
    """The messages of one type and instance, in order of time."""

    def __init__(self, table: Table, rows: NDArray[np.intp], time_s: FloatArray) -> None:
        keep = increasing_rows(time_s)
        self.table = table
        self.rows = rows[keep]
        """Rows of the table, in order of time."""
        self.time_s = time_s[keep]

    def values(self, *columns: str, is_unsigned: bool = False) -> FloatArray | None:
        """The first of ``columns`` that this firmware logs; None when it logs none of them."""
        for column in columns:
            values = self.table.numbers(column, is_unsigned=is_unsigned)
            if values is not None:
                return values[self.rows]
        return None

    def vector(self, *columns: str) -> list[FloatArray] | None:
        """Each of ``columns``; None when one of them is not logged."""
        found = [values for values in map(self.values, columns) if values is not None]
        return found if len(found) == len(columns) else None

    def source(self, column: str) -> str:
        return f"{self.table.name}.{column}"


class ArduLog:
    """The messages of one log."""

    def __init__(self, file: DataflashFile) -> None:
        self.file = file
        self._messages: dict[tuple[str, int | None], Messages | None] = {}

    def messages(self, name: str, instance: int | None = None) -> Messages | None:
        """One type's messages, by default of its lowest instance; None when there is none."""
        key = name, instance
        if key not in self._messages:
            self._messages[key] = self._find(name, instance)
        return self._messages[key]

    def _find(self, name: str, instance: int | None) -> Messages | None:
        table = self.file.tables.get(name)
        if table is None or not len(table):
            return None
        rows = _rows_of_instance(table, instance)
        return Messages(table, rows, self.times(table)[rows]) if rows.size else None

    def instances(self, name: str) -> list[int]:
        table = self.file.tables.get(name)
        numbers = None if table is None or not len(table) else _instances_of(table)
        return [] if numbers is None else [int(number) for number in np.unique(numbers)]

    def times(self, table: Table) -> FloatArray:
        """Boot-clock times of all rows of a table, in file order."""
        times = boot_seconds(table)
        return self._line_times(table) if times is None else times

    def _line_times(self, table: Table) -> FloatArray:
        """Times of messages that carry none: that of the newest timed message before each."""
        positions, times = self._reference
        if not positions.size:
            return np.zeros(len(table))
        before = np.searchsorted(positions, table.starts(), side="right") - 1
        return times[np.maximum(before, 0)]

    @property
    def first_s(self) -> float:
        """The first moment of the log, as far as its messages tell."""
        times = self._reference[1]
        return float(times[0]) if times.size else 0.0

    @cached_property
    def _reference(self) -> tuple[NDArray[np.intp], FloatArray]:
        """Positions and boot times of the message type that is logged most often."""
        timed = [
            (len(table), times, table)
            for table in self.file.tables.values()
            if len(table) and (times := boot_seconds(table)) is not None
        ]
        if not timed:
            return np.empty(0, dtype=np.intp), np.empty(0)
        _, times, table = max(timed, key=lambda entry: entry[0])
        keep = increasing_rows(times)
        return table.starts()[keep], times[keep]


def _instances_of(table: Table) -> FloatArray | None:
    for column in _INSTANCE_COLUMNS:
        numbers = table.numbers(column)
        if numbers is not None:
            return numbers
    return None


def _rows_of_instance(table: Table, instance: int | None) -> NDArray[np.intp]:
    numbers = _instances_of(table)
    if numbers is None:
        return np.arange(len(table) if not instance else 0)
    wanted = numbers.min() if instance is None else instance
    return np.flatnonzero(numbers == wanted)
