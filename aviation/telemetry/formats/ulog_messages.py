"""PX4 topics on the boot clock in seconds, in order of time."""

from __future__ import annotations

from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from aviation.telemetry.formats.times import increasing_rows
from aviation.telemetry.formats.ulog_file import Topic, UlogFile
from aviation.telemetry.record import FloatArray


@final
class Messages:
    """One topic's messages in order of time."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic

    @cached_property
    def _stamps_s(self) -> FloatArray:
        stamps = self.topic.column("timestamp")
        if stamps is None:
            return np.full(len(self.topic), np.nan)
        return stamps.astype(np.float64) * 1e-6

    @cached_property
    def _rows(self) -> slice | NDArray[np.intp]:
        return increasing_rows(self._stamps_s)

    @cached_property
    def time_s(self) -> FloatArray:
        return self._stamps_s[self._rows]

    def values(self, *paths: str) -> FloatArray | None:
        """The first of ``paths`` that this firmware logs; None when it logs none of them."""
        for path in paths:
            column = self.topic.column(path)
            if column is not None:
                return column[self._rows].astype(np.float64)
        return None

    def vector(self, *paths: str) -> list[FloatArray] | None:
        """Each of ``paths``; None when one of them is not logged."""
        columns = [self.values(path) for path in paths]
        found = [column for column in columns if column is not None]
        return found if len(found) == len(paths) else None

    def source(self, path: str) -> str:
        return f"{self.topic.name}.{path}"


class Px4Log:
    """The topics of one log, each put in order once."""

    def __init__(self, file: UlogFile) -> None:
        self.file = file
        self._messages: dict[tuple[str, int], Messages] = {}

    def messages(self, name: str, multi_id: int = 0) -> Messages | None:
        """One topic's messages; None when there is not a single one with a time."""
        key = name, multi_id
        if key not in self._messages:
            topic = self.file.topics.get(key)
            if topic is None or not len(topic) or topic.column("timestamp") is None:
                return None
            self._messages[key] = Messages(topic)
        return self._messages[key]

    def instances(self, name: str) -> list[int]:
        return sorted(multi_id for topic, multi_id in self.file.topics if topic == name)

    def parameter(self, name: str) -> float | None:
        return self.file.parameters.get(name)
