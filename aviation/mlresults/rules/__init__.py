"""The rules, one file per subject. Order here is the order in which a report lists the checks."""

from __future__ import annotations

from aviation.mlresults.rules import (
    attitude,
    autopilot_records,
    battery,
    compass,
    control_surfaces,
    estimator,
    gps,
    log_end,
    motors,
    power,
    vibration,
)
from aviation.mlresults.rules.rule import Rule

ALL_RULES: tuple[Rule, ...] = (
    *autopilot_records.RULES,
    *log_end.RULES,
    *attitude.RULES,
    *control_surfaces.RULES,
    *motors.RULES,
    *vibration.RULES,
    *battery.RULES,
    *power.RULES,
    *estimator.RULES,
    *gps.RULES,
    *compass.RULES,
)
