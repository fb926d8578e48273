"""Log files of every kind we read, as flight records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from aviation.telemetry.formats.csv_log import read_csv
from aviation.telemetry.formats.dataflash import read_dataflash
from aviation.telemetry.formats.errors import UnreadableLog
from aviation.telemetry.formats.opening import LogBytes, open_bytes
from aviation.telemetry.formats.signatures import HEAD_BYTES, detect, not_a_log
from aviation.telemetry.formats.ulog import read_ulog
from aviation.telemetry.record import FlightRecord

__all__ = ["UnreadableLog", "detect", "read_log", "read_log_bytes"]

_READERS: dict[str, Callable[[LogBytes], FlightRecord]] = {
    "ulog": read_ulog,
    "dataflash": read_dataflash,
    "csv": read_csv,
}


def read_log(path: Path, *, name: str = "") -> FlightRecord:
    """The flight record of a log file, whatever it is called.

    ``name`` is what the person who uploaded it calls it; it only makes an error clearer. Raises
    UnreadableLog when the file holds no record, OSError when it cannot be opened.
    """
    try:
        return read_log_bytes(open_bytes(path))
    except UnreadableLog as error:
        if not name:
            raise
        raise UnreadableLog(error.code, f"{name}: {error}") from error


def read_log_bytes(data: LogBytes) -> FlightRecord:
    """As ``read_log``, of content in memory."""
    if not len(data):
        raise UnreadableLog("empty", "This file is empty.")
    head = data[:HEAD_BYTES]
    kind = detect(head)
    if kind is None:
        raise not_a_log(head)
    with np.errstate(all="ignore"):  # damaged numbers overflow; they are sorted out as values
        return _READERS[kind](data)
