"""A rule: what it checks, what it needs, whom its limit is meant for, and how it judges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from aviation.mlresults.findings import Component, NotAssessed, Outcome
from aviation.mlresults.quality import no_flight_reason
from aviation.mlresults.rules.context import FlightContext
from aviation.telemetry.record import VehicleType


@dataclass(frozen=True, slots=True)
class Rule:
    """One check.

    ``subject`` is what the reader sees checked; rules with the same subject are different ways to
    answer it, and only their best answer is kept. The rule is in scope when any of
    ``threshold_ids`` is; without any it always is. ``judge`` is called only when the rule is in
    scope, there is a flight (unless ``works_on_ground``) and all ``channels`` have samples.
    """

    id: str
    version: int
    component: Component
    subject: str
    judge: Callable[[FlightContext, Rule], Iterable[Outcome]]
    threshold_ids: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    missing: str = ""
    """Why it could not be assessed when a channel is missing."""
    out_of_scope: str = ""
    """Why it could not be assessed when the limit is not meant for this aircraft."""
    works_on_ground: bool = False
    vehicle_types: frozenset[VehicleType] = frozenset()
    """Only for these is the subject mentioned at all; empty means for all."""

    def concerns(self, vehicle_type: VehicleType) -> bool:
        return not self.vehicle_types or vehicle_type in self.vehicle_types

    def is_in_scope(self, context: FlightContext) -> bool:
        return not self.threshold_ids or context.is_in_scope(self.threshold_ids)

    def not_assessed(self, reason: str) -> NotAssessed:
        return NotAssessed(self.id, self.component, self.subject, reason)

    def outcomes(self, context: FlightContext) -> list[Outcome]:
        """What this rule says: never empty, and "not assessed" with its reason where it cannot."""
        if not (self.works_on_ground or context.phases.has_flight):
            return [self.not_assessed(no_flight_reason(context.phases))]
        if not self.is_in_scope(context):
            return [self.not_assessed(self.out_of_scope)]
        if any(context.series(channel) is None for channel in self.channels):
            return [self.not_assessed(self.missing)]
        return list(self.judge(context, self)) or [self.not_assessed(self.missing)]


def run(rules: Sequence[Rule], context: FlightContext) -> Iterator[Outcome]:
    """The outcomes of all rules, one answer per subject at least.

    Where one rule of a subject gives a verdict, the others' "not assessed" says nothing more and is
    left out. Where none does, the first one in scope gives the reason.
    """
    rules = [rule for rule in rules if rule.concerns(context.vehicle_type)]
    for subject in dict.fromkeys(rule.subject for rule in rules):
        ways = [rule for rule in rules if rule.subject == subject]
        yield from _answers(ways, context)


def _answers(ways: Sequence[Rule], context: FlightContext) -> list[Outcome]:
    ways = [rule for rule in ways if rule.is_in_scope(context)] or list(ways[:1])
    outcomes = [outcome for rule in ways for outcome in rule.outcomes(context)]
    verdicts: list[Outcome] = [
        outcome for outcome in outcomes if not isinstance(outcome, NotAssessed)
    ]
    return verdicts or outcomes[:1]
