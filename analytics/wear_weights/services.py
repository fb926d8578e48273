"""Trying weights of the wear score on the fleet, and putting them to use.

What must never happen: scores of the past that nobody can explain. A version is never changed; new
weights are a new version, also those that bring old ones back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import Membership
from accounts.roles import Action, Resource
from analytics.calculations.wear import WearLevel, wear_score
from analytics.calculations.wear_weights import NAMES, Weights
from analytics.models import PUBLISHED_NUMBER, WearWeights
from analytics.reading.wear import AircraftWear, fleet_wear, weights_in_use
from aviation.common.errors import Conflict, NotAllowed

CHANGED_MEANWHILE = "Somebody has put other weights to use meanwhile. Look at the preview again."


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """An aircraft's score and level with the weights in use, and with those proposed."""

    aircraft: AircraftWear
    old_score: Decimal
    new_score: Decimal
    old_level: WearLevel
    new_level: WearLevel

    @property
    def is_other_level(self) -> bool:
        return self.old_level is not self.new_level


def propose(values: Mapping[str, Any]) -> Weights:
    """Weights of these values, one for each name of NAMES. Raises ValidationError by field."""
    weights = Weights(**{name: Decimal(values[name]) for name in NAMES})
    problems = weights.problems()
    if problems:
        raise ValidationError({name: [problem] for name, problem in problems.items()})
    return weights


def preview(weights: Weights, at: datetime) -> list[PreviewLine]:
    """What the weights would make of every aircraft in service at the moment ``at``.

    Aircraft whose level would change come first, then those that score highest.
    """
    _, current = weights_in_use()
    lines = [_line(aircraft, current, weights) for aircraft in fleet_wear(at)]
    return sorted(
        lines,
        key=lambda line: (not line.is_other_level, -line.new_score, line.aircraft.registration),
    )


@transaction.atomic
def activate_weights(
    *, membership: Membership, weights: Weights, note: str = "", replacing: int
) -> WearWeights:
    """Put weights to use as a new version.

    ``replacing`` is the version they were previewed against. Raises NotAllowed, ValidationError,
    and Conflict when another version is in use by now.
    """
    if not membership.may(Action.CHANGE, Resource.ANALYTICS):
        raise NotAllowed(f"Your role, {membership.role_label}, does not permit this.")
    # Two people at once: the row in use is locked, and where there is none the index refuses one.
    used = WearWeights.objects.active().select_for_update().first()
    if replacing != (used.number if used else PUBLISHED_NUMBER):
        raise Conflict(CHANGED_MEANWHILE)
    row = WearWeights(
        number=_next_number(),
        note=note,
        created_by=membership,
        **{name: getattr(weights, name) for name in NAMES},
    )
    propose({name: getattr(row, name) for name in NAMES})
    row.full_clean(validate_unique=False, validate_constraints=False)
    WearWeights.objects.active().update(is_active=False)
    _insert(row)
    return row


def _line(aircraft: AircraftWear, old: Weights, new: Weights) -> PreviewLine:
    before, after = wear_score(aircraft.figures, old), wear_score(aircraft.figures, new)
    return PreviewLine(aircraft, before.score, after.score, before.level, after.level)


def _next_number() -> int:
    newest: int | None = WearWeights.objects.aggregate(newest=Max("number"))["newest"]
    return (newest or PUBLISHED_NUMBER) + 1


def _insert(row: WearWeights) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Conflict(CHANGED_MEANWHILE) from None
