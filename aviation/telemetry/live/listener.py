"""What the radio says: datagrams in, rows of known vehicles out, and words for whoever watches."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable

import pyarrow as pa

from aviation.telemetry.ingest.batch import TIMESTAMP
from aviation.telemetry.live.frames import Frame, FrameReader
from aviation.telemetry.live.identities import Identities
from aviation.telemetry.live.instants import Instant
from aviation.telemetry.live.vehicle import Source, Vehicle

MOST_SENDERS = 64
"""Addresses whose unfinished frames are remembered; the one silent for longest is forgotten."""
GROUND_STATION = 6
_FIXED = {"timestamp": TIMESTAMP, "aircraft": pa.string(), "sequence": pa.int64()}


class Listener:
    """Sorts frames by vehicle. ``say`` gets a line of text for a person, each said once."""

    def __init__(self, identities: Identities, say: Callable[[str], None]) -> None:
        self.vehicles: dict[int, Vehicle] = {}
        self.unknown: Counter[int] = Counter()
        self.foreign_datagrams = 0
        """Datagrams in which there was no MAVLink."""
        self._identities = identities
        self._say = say
        self._readers: OrderedDict[Source, FrameReader] = OrderedDict()
        self._damaged_bytes = 0

    @property
    def damaged_bytes(self) -> int:
        return self._damaged_bytes + sum(each.damaged_bytes for each in self._readers.values())

    def take_in(self, datagram: bytes, source: Source, now: Instant) -> None:
        """Use one datagram. Nothing that may be in it raises."""
        reader = self._reader_of(source)
        frames = reader.read(datagram)
        self.foreign_datagrams += not frames and not reader.is_amid_frame
        for frame in frames:
            vehicle = self._vehicle_of(frame)
            if vehicle is None:
                self._note_unknown(frame)
            else:
                self._say_all(vehicle.take_in(frame, source, now))

    def check(self, now: Instant) -> None:
        """Notice what did not come."""
        for vehicle in self.vehicles.values():
            self._say_all(vehicle.check(now))

    def close_rows(self) -> None:
        """Nothing more will come: what is being filled is complete."""
        for vehicle in self.vehicles.values():
            vehicle.rows.close()

    def take_rows(self) -> pa.Table | None:
        """The rows since the last time, of all vehicles; None when there are none."""
        rows = [row for vehicle in self.vehicles.values() for row in vehicle.take_rows()]
        if not rows:
            return None
        channels = sorted(set().union(*rows) - set(_FIXED))
        kinds = _FIXED | dict.fromkeys(channels, pa.float64())
        return pa.table(
            {name: pa.array([r.get(name) for r in rows], k) for name, k in kinds.items()}
        )

    def _reader_of(self, source: Source) -> FrameReader:
        reader = self._readers.get(source)
        if reader is None:
            reader = self._readers[source] = FrameReader()
        self._readers.move_to_end(source)
        if len(self._readers) > MOST_SENDERS:
            _, forgotten = self._readers.popitem(last=False)
            self._damaged_bytes += forgotten.damaged_bytes
        return reader

    def _vehicle_of(self, frame: Frame) -> Vehicle | None:
        vehicle = self.vehicles.get(frame.system)
        aircraft = self._identities.aircraft.get(frame.system)
        if vehicle is None and aircraft is not None and frame.message is not None:
            vehicle = Vehicle(frame.system, str(aircraft.pk), aircraft.registration)
            self.vehicles[frame.system] = vehicle
            self._say(f"System {frame.system} is heard: {aircraft.registration}.")
        return vehicle

    def _note_unknown(self, frame: Frame) -> None:
        if frame.message is None:
            return
        self.unknown[frame.system] += 1
        if self.unknown[frame.system] == 1:
            self._say(self._stranger(frame))

    def _stranger(self, frame: Frame) -> str:
        system = frame.system
        counted = "Its messages are counted and not stored."
        if system in self._identities.shared:
            claimed = ", ".join(self._identities.shared[system])
            return f"System {system} may be any of {claimed}; name one with --aircraft. {counted}"
        if frame.message.get_type() == "HEARTBEAT" and frame.message.type == GROUND_STATION:
            return f"System {system} is a ground station. {counted}"
        hint = f"name it with --aircraft {system}=REGISTRATION."
        return f"System {system} is no known aircraft; {hint} {counted}"

    def _say_all(self, notes: list[str]) -> None:
        for note in notes:
            self._say(note)
