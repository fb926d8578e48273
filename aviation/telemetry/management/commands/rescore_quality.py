"""``manage.py rescore_quality [--organization alpine]``"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from aviation.common.commands import DomainCommand
from aviation.telemetry.quality.rescoring import rescore, scorable_flights
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations, find_organization
from aviation.tenants.models import Organization


class Command(DomainCommand):
    help = "Score the data quality of all flights anew, from the telemetry that is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="one only; without it all")
        parser.add_argument("--dry-run", action="store_true", help="count the flights only")
        parser.add_argument("--json", action="store_true", help="for programs")

    def run(self, **options: Any) -> None:
        counts = {}
        for organization in _organizations(options["organization"]):
            with tenant_context(organization):
                counts[organization.slug] = self._one(organization, is_dry=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(counts, indent=2))
            return
        verb = "would be scored" if options["dry_run"] else "scored"
        total = sum(each["flights"] for each in counts.values())
        self.stdout.write(f"{total} flights {verb} in {len(counts)} organizations.")

    def _one(self, organization: Organization, *, is_dry: bool) -> dict[str, int]:
        flights = scorable_flights()
        if is_dry:
            return {"flights": len(flights), "without_history": 0}
        scored = 0
        for count in rescore(flights):
            scored += count
            self._show_progress(organization.slug, scored, len(flights))
        if self.stderr.isatty() and flights:
            self.stderr.write("")
        return {"flights": scored, "without_history": len(flights) - scored}

    def _show_progress(self, slug: str, done: int, count: int) -> None:
        ending = "" if self.stderr.isatty() else "\n"
        start = "\r\033[K" if self.stderr.isatty() else ""
        self.stderr.write(f"{start}{slug}: {done}/{count}", ending=ending)


def _organizations(slug: str | None) -> list[Organization]:
    return active_organizations() if slug is None else [find_organization(slug)]
