"""Thresholds as data: what a limit is, how an organization or the aircraft itself may change it.

The published limits stand in ``limits.py``. A limit comes from, first found first: the
organization's override, the aircraft's own autopilot setting in the log, the publication.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from aviation.mlresults.findings import Comparison, Severity
from aviation.telemetry.record import Autopilot, VehicleType


class Level(StrEnum):
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Setting:
    """An autopilot parameter that holds this limit; ``scale`` turns its unit into the limit's."""

    name: str
    level: Level
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """One published limit.

    ``side`` is the bad side. Empty scopes mean every autopilot or vehicle type. ``fail`` is further
    to the bad side than ``warn``; either may be absent.
    """

    id: str
    unit: str
    side: Comparison
    source: str
    warn: float | None = None
    fail: float | None = None
    warn_severity: Severity = Severity.WARNING
    fail_severity: Severity = Severity.CRITICAL
    hold_s: float = 0.0
    """The value must stay beyond the limit this long, by the time between samples."""
    counts_at_limit: bool = False
    """The publication names the limit itself as bad (at or above), not only what is beyond it."""
    autopilots: frozenset[Autopilot] = frozenset()
    vehicle_types: frozenset[VehicleType] = frozenset()
    settings: tuple[Setting, ...] = ()
    fails_by_peak: bool = False
    """A stretch beyond ``warn`` fails when its peak is beyond ``fail``, however shortly."""
    is_overridden: bool = False

    def __post_init__(self) -> None:
        if self.side is Comparison.NONE:
            raise ValueError(f"{self.id}: a limit needs a bad side, above or below")
        if self.hold_s < 0:
            raise ValueError(f"{self.id}: hold_s must not be negative")
        if self.warn is None or self.fail is None:
            return
        ordered = self.warn <= self.fail if self.is_above else self.warn >= self.fail
        if not ordered:
            raise ValueError(
                f"{self.id}: fail ({self.fail:g}) must lie beyond warn ({self.warn:g})"
            )

    @property
    def is_above(self) -> bool:
        return self.side is Comparison.ABOVE

    @property
    def mildest(self) -> float | None:
        """The limit that a passed check stayed within."""
        return self.fail if self.warn is None else self.warn

    def limit(self, level: Level) -> float | None:
        return self.warn if level is Level.WARN else self.fail

    def severity(self, level: Level) -> Severity:
        return self.warn_severity if level is Level.WARN else self.fail_severity

    def applies_to(self, autopilot: Autopilot, vehicle_type: VehicleType) -> bool:
        return (not self.autopilots or autopilot in self.autopilots) and (
            not self.vehicle_types or vehicle_type in self.vehicle_types
        )

    def as_set_on(self, parameters: Mapping[str, float]) -> Threshold:
        """With the aircraft's own settings in place of the published figures.

        A setting of 0 or less switches a check off in both autopilots, so it is passed over.
        A pair of settings out of order is not used at all.
        """
        if self.is_overridden:
            return self
        found: dict[Level, Setting] = {}
        for setting in self.settings:
            if parameters.get(setting.name, 0.0) > 0 and setting.level not in found:
                found[setting.level] = setting
        if not found:
            return self
        # Parameters are 32-bit floats: 0.8 comes back as 0.800000012, six digits are its own.
        limits = {
            level: float(f"{parameters[setting.name] * setting.scale:.6g}")
            for level, setting in found.items()
        }
        names = " and ".join(setting.name for setting in found.values())
        noun = "parameter" if len(found) == 1 else "parameters"
        try:
            return replace(
                self,
                source=f"{noun} {names} as set on this aircraft",
                warn=limits.get(Level.WARN, self.warn),
                fail=limits.get(Level.FAIL, self.fail),
            )
        except ValueError:
            return self


class Thresholds(Mapping[str, Threshold]):
    """The thresholds by id. Immutable; ``overridden`` returns a changed copy."""

    def __init__(self, thresholds: Mapping[str, Threshold]) -> None:
        self._by_id = dict(thresholds)

    def __getitem__(self, threshold_id: str) -> Threshold:
        return self._by_id[threshold_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def overridden(self, changes: Mapping[str, Mapping[str, float | None]]) -> Thresholds:
        """With an organization's own limits: ``{"vibration.ardupilot": {"warn": 25.0}}``.

        Keys are ``warn``, ``fail`` and ``hold_s``; None takes a limit away. Raises ValueError for
        an unknown threshold or key, and for a warn limit beyond the fail limit.
        """
        changed = dict(self._by_id)
        for threshold_id, change in changes.items():
            changed[threshold_id] = self._changed(threshold_id, change)
        return Thresholds(changed)

    def _changed(self, threshold_id: str, change: Mapping[str, float | None]) -> Threshold:
        if threshold_id not in self._by_id:
            raise ValueError(f"there is no threshold called {threshold_id}")
        unknown = set(change) - {"warn", "fail", "hold_s"}
        if unknown:
            raise ValueError(f"{threshold_id}: cannot change {', '.join(sorted(unknown))}")
        published = self._by_id[threshold_id]
        source = f"your organization's own limit (published: {published.source})"
        return replace(published, source=source, is_overridden=True, **change)  # type: ignore[arg-type]
