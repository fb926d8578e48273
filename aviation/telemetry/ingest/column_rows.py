"""Columns seen as rows, made only a stretch at a time: all at once they would weigh tenfold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from aviation.telemetry.ingest.unpacking import Unreadable


class ColumnRows(Sequence[Any]):
    def __init__(self, columns: dict[str, list[Any]], common: dict[str, Any]) -> None:
        self._columns, self._common = columns, common
        self._count = len(next(iter(columns.values()), ()))

    @classmethod
    def of(cls, columns: Any) -> ColumnRows:
        """Raises Unreadable unless ``columns`` are lists of one length, by name."""
        if not isinstance(columns, dict):
            raise Unreadable("columns must be an object.")
        if not all(isinstance(values, list) for values in columns.values()):
            raise Unreadable("Every column must be a list.")
        if len({len(values) for values in columns.values()}) > 1:
            raise Unreadable("All columns must have the same length.")
        return cls(columns, {})

    def with_common(self, common: dict[str, Any]) -> ColumnRows:
        return ColumnRows(self._columns, common)

    @property
    def width(self) -> int:
        return len(self._columns)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, int):
            return self[index : index + 1][0]
        names = tuple(self._columns)
        stretches = [values[index] for values in self._columns.values()]
        return [
            self._common | dict(zip(names, row, strict=True))
            for row in zip(*stretches, strict=True)
        ]
