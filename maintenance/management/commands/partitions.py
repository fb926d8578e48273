"""``manage.py partitions plan|apply|check [--organization X] [--json]``"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from aviation.common.commands import DomainCommand
from aviation.common.errors import Conflict
from aviation.tenants.lookup import find_organization
from maintenance.partitions.planning import Step
from maintenance.partitions.telling import tell_outcome
from maintenance.partitions.upkeep import Place, apply_to, every_place, plan_place


class Command(DomainCommand):
    help = (
        "Look after the partitions of every partitioned table: months ahead, gaps, policies, "
        "grants, owners, triggers and tables left by an interrupted drop. plan prints what apply "
        "would do; check fails when there is anything. Interrupted, run it again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=("plan", "apply", "check"))
        parser.add_argument(
            "--organization", metavar="SLUG", help="one only; without it all, and what they share"
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def run(self, **options: Any) -> None:
        self._tells = not options["json"]
        slug = options["organization"]
        places = [Place(find_organization(slug))] if slug else every_place()
        plans = [(place, plan_place(place)) for place in places]
        steps = [step for _, found in plans for step in found]
        for step in steps:
            self._tell(str(step))
        failed = self._apply(plans) if options["part"] == "apply" else []
        if options["part"] == "apply" and not slug:
            tell_outcome(len(failed))
        if not self._tells:
            self.stdout.write(json.dumps([asdict(step) for step in steps], indent=2, default=str))
        if failed:
            raise Conflict(f"{len(failed)} of {len(steps)} steps were not taken.")
        if options["part"] == "check" and steps:
            raise Conflict(f"{len(steps)} things about partitions are not as they should be.")
        self._tell(_ending(options["part"], len(steps), len(places)))

    def _apply(self, plans: list[tuple[Place, list[Step]]]) -> list[tuple[Step, str]]:
        failed = []
        for place, steps in plans:
            failed += apply_to(place, steps)
        for step, reason in failed:
            self.stderr.write(f"{step.schema}.{step.table}: {reason}")
        return failed

    def _tell(self, text: str) -> None:
        if self._tells:
            self.stdout.write(text)


def _ending(part: str, steps: int, places: int) -> str:
    if not steps:
        return f"All partitions of {places} schemas are as they should be."
    return f"{steps} steps taken." if part == "apply" else f"{steps} steps to take."
