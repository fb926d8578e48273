"""One call of ``manage.py backup``: its options, and how it speaks to people or to programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from maintenance.backup.operating import Operator

MB = 1e6
_STEP_BYTES = 500_000_000


class Writes(Protocol):
    def write(self, msg: str = "", /) -> object: ...


@dataclass(frozen=True, slots=True)
class Speaker:
    """Words for people go out as they come; for programs there is one JSON document."""

    out: Writes
    error: Writes
    is_json: bool

    def say(self, words: str) -> None:
        if not self.is_json:
            self.out.write(words)

    def document(self, value: Any) -> None:
        if self.is_json:
            self.out.write(json.dumps(value, indent=2, default=str))

    def progress(self, passed: int) -> None:
        """A line for every half gigabyte."""
        if passed % _STEP_BYTES < 1 << 20:
            self.say(f"  {passed / MB:,.0f} MB")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the command."""

    surroundings: Mapping[str, str]
    options: Mapping[str, Any]
    speaker: Speaker

    @property
    def operator(self) -> Operator:
        return Operator(self.surroundings)
