"""One vehicle that is heard: what it sends, what of it was lost, and its rows to be stored."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aviation.telemetry.live.clock import VehicleClock
from aviation.telemetry.live.frames import Frame
from aviation.telemetry.live.heartbeats import Heartbeats
from aviation.telemetry.live.instants import Instant
from aviation.telemetry.live.merging import RowMerger, Values
from aviation.telemetry.live.sequences import SequenceCount
from aviation.telemetry.live.translation import Translator

AUTOPILOT = 1
"""The component whose values count. Cameras, gimbals and companions are only counted."""
TIMED = frozenset({"GLOBAL_POSITION_INT", "ATTITUDE", "SYSTEM_TIME"})
SAME_SENDER_S = 5.0
Source = tuple[Any, ...]
"""A socket address."""
TakenRow = dict[str, Any]
"""``timestamp`` in Unix microseconds, ``aircraft``, ``sequence`` from 0, and channels."""


@dataclass(slots=True)
class Component:
    """A part of the vehicle that numbers its own messages, and where it is heard from."""

    count: SequenceCount = field(default_factory=SequenceCount)
    source: Source | None = None
    heard_s: float = 0.0

    def is_from_elsewhere(self, source: Source, at_s: float) -> bool:
        """Whether somebody else sends under the same number while the first is still there."""
        is_other = self.source is not None and source != self.source
        if is_other and at_s - self.heard_s < SAME_SENDER_S:
            return True
        self.source, self.heard_s = source, at_s
        return False


class Vehicle:
    """Takes in one system's frames; ``name`` is its aircraft's registration."""

    def __init__(self, system: int, aircraft_id: str, name: str) -> None:
        self.system = system
        self.aircraft_id = aircraft_id
        self.name = name
        self.components: defaultdict[int, Component] = defaultdict(Component)
        self.heartbeats = Heartbeats()
        self.clock = VehicleClock()
        self.rows = RowMerger()
        self.row_count = 0
        self.elsewhere = 0
        """Messages under this vehicle's number from a second sender; not used."""
        self._translator = Translator()
        self._timed_at_s = 0.0
        self._settled: list[TakenRow] = []

    @property
    def received(self) -> int:
        return sum(each.count.received for each in self.components.values())

    @property
    def lost(self) -> int:
        return sum(each.count.lost for each in self.components.values())

    def take_in(self, frame: Frame, source: Source, now: Instant) -> list[str]:
        """Use a frame; answers what a person should hear about it."""
        component = self.components[frame.component]
        if component.is_from_elsewhere(source, now.running_s):
            self.elsewhere += 1
            return [self._second_sender(source)] if self.elsewhere == 1 else []
        is_new = component.count.note(frame.sequence, now.running_s)
        if not is_new or frame.message is None or frame.component != AUTOPILOT:
            return []
        return self._use(frame.message.get_type(), frame.message, now)

    def take_rows(self) -> list[TakenRow]:
        """The rows that are complete since the last time, numbered on."""
        self._settle()
        taken, self._settled = self._settled, []
        return taken

    def check(self, now: Instant) -> list[str]:
        """Notice silence."""
        self.rows.check(now.running_s)
        if self.heartbeats.check(now.running_s):
            return [f"{self.name}: no heartbeat any more."]
        return []

    def _use(self, kind: str, message: Any, now: Instant) -> list[str]:
        notes = []
        if kind == "HEARTBEAT":
            gap_s = self.heartbeats.beat(now.running_s)
            if gap_s is not None:
                notes.append(f"{self.name}: heartbeat is back after {gap_s:.1f} s.")
        values = self._translator.values_of(kind, message)
        if kind in TIMED:
            notes += self._add_timed(kind, message, values, now)
        elif values and self.clock.boot_at_s is not None:
            about_s = self.clock.newest_s + now.running_s - self._timed_at_s
            self.rows.add_untimed(values, about_s, now.running_s)
        return notes

    def _add_timed(self, kind: str, message: Any, values: Values, now: Instant) -> list[str]:
        boot_s = message.time_boot_ms / 1e3
        has_restarted = self.clock.is_restart(boot_s)
        if has_restarted:
            self._restart()
        for component in self.components.values():
            component.count.confirm()
        self.clock.note(boot_s, now.utc_s)
        self._timed_at_s = now.running_s
        if kind == "SYSTEM_TIME" and message.time_unix_usec:
            self.clock.note_utc(message.time_unix_usec / 1e6, boot_s, now.utc_s)
        if values:
            self.rows.add(values, boot_s, now.running_s)
        return [f"{self.name}: its autopilot has started anew."] if has_restarted else []

    def _restart(self) -> None:
        self.rows.restart()
        self._settle()
        self.clock.restart()
        for component in self.components.values():
            component.count.restart()

    def _settle(self) -> None:
        """Give the complete rows their moment in UTC, by the clock they were sent by."""
        for row in self.rows.take():
            at_us = round(self.clock.utc_s(row.time_s) * 1e6)
            self._settled.append(
                {
                    "timestamp": at_us,
                    "aircraft": self.aircraft_id,
                    "sequence": self.row_count,
                    **row.values,
                }
            )
            self.row_count += 1

    def _second_sender(self, source: Source) -> str:
        return (
            f"{self.name}: {source[0]} port {source[1]} sends as system {self.system} too. Its "
            "messages are not used: give each vehicle a number of its own."
        )
