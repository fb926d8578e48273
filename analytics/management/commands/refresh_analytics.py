"""``manage.py refresh_analytics [--organization alpine] [--all] [--dry-run] [--json]``"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from analytics.refreshing import Outcome, refresh_figures
from analytics.staleness import is_due
from aviation.common.commands import DomainCommand
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations, find_organization
from aviation.tenants.models import Organization

WOULD = "would be refreshed"


class Command(DomainCommand):
    help = "Make the fleet's figures anew where something has changed since."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--organization", metavar="SLUG", help="this one, changed or not")
        which.add_argument("--all", action="store_true", help="every one, changed or not")
        parser.add_argument("--dry-run", action="store_true", help="list them only")
        parser.add_argument("--json", action="store_true", help="answer for machines")

    def run(self, **options: Any) -> None:
        chosen = _chosen(options["organization"], is_all=options["all"])
        outcomes: dict[str, str] = {}
        for number, organization in enumerate(chosen, 1):
            outcome = WOULD if options["dry_run"] else _refresh(organization)
            self.stderr.write(f"[{number}/{len(chosen)}] {organization.slug}: {outcome}")
            outcomes[organization.slug] = outcome
        if options["json"]:
            self.stdout.write(json.dumps(outcomes, indent=2))
        else:
            self.stdout.write(f"{len(chosen)} organizations looked after.")
        failed = [slug for slug, outcome in outcomes.items() if outcome == Outcome.FAILED]
        if failed:
            raise CommandError(f"The figures could not be made anew: {', '.join(failed)}.")


def _chosen(slug: str | None, *, is_all: bool) -> list[Organization]:
    if slug:
        return [find_organization(slug)]
    organizations = active_organizations()
    return organizations if is_all else [each for each in organizations if _is_due(each)]


def _is_due(organization: Organization) -> bool:
    with tenant_context(organization):
        return is_due(timezone.now())


def _refresh(organization: Organization) -> str:
    with tenant_context(organization):
        return refresh_figures(at=timezone.now()).value
