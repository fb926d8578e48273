"""A vehicle's boot clock against UTC."""

from __future__ import annotations

from aviation.telemetry.ingest.validating import AHEAD, OLDEST

RESTART_S = 5.0
"""Messages overtake each other by less; a clock further back has started anew."""
STEP_S = 0.05
"""The moment of booting is corrected only where it is off by more: rows stay evenly spaced."""


class VehicleClock:
    """When the vehicle booted: as it says itself (SYSTEM_TIME), before that by arrival.

    By arrival the earliest possible moment counts: the message that was on its way for the
    shortest time says it best.
    """

    def __init__(self) -> None:
        self.boot_at_s: float | None = None
        self.is_own = False
        """Whether the vehicle said its UTC itself, from satellites."""
        self.restarts = 0
        self.newest_s = 0.0

    def is_restart(self, boot_s: float) -> bool:
        """Whether a vehicle that says so has started anew."""
        return self.boot_at_s is not None and boot_s < self.newest_s - RESTART_S

    def restart(self) -> None:
        self.restarts += 1
        self.boot_at_s, self.is_own, self.newest_s = None, False, 0.0

    def note(self, boot_s: float, arrived_s: float) -> None:
        """A message was sent ``boot_s`` after booting."""
        self.newest_s = max(self.newest_s, boot_s)
        guess_s = arrived_s - boot_s
        is_better = self.boot_at_s is None or guess_s < self.boot_at_s - STEP_S
        if not self.is_own and is_better:
            self.boot_at_s = guess_s

    def note_utc(self, unix_s: float, boot_s: float, arrived_s: float) -> None:
        """The vehicle says what time it is; believed unless no point could carry that time."""
        if not -OLDEST.total_seconds() < unix_s - arrived_s < AHEAD.total_seconds():
            return
        said_s = unix_s - boot_s
        if not self.is_own or abs(said_s - (self.boot_at_s or 0.0)) > STEP_S:
            self.boot_at_s = said_s
        self.is_own = True

    def utc_s(self, boot_s: float) -> float:
        """Unix time of a moment on the boot clock. Needs a message noted before."""
        return (self.boot_at_s or 0.0) + boot_s
