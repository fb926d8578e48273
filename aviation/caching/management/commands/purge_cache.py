"""``manage.py purge_cache aircraft_registry`` or ``--all``"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from aviation.caching.purging import forget_matching, purge_policy
from aviation.caching.registry import REGISTRY
from aviation.common.commands import DomainCommand
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import find_organization


class Command(DomainCommand):
    help = (
        "Forget cached values. Needed after a restore: what was cached may be newer than the data."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policies", nargs="*", metavar="policy", help=", ".join(REGISTRY))
        parser.add_argument("--all", action="store_true", help="all policies")
        parser.add_argument("--organization", metavar="CODE", help="with --pattern: whose values")
        parser.add_argument(
            "--pattern", help="only values whose key matches; * is anything, ? one byte"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")

    def run(self, **options: Any) -> None:
        policies = list(REGISTRY) if options["all"] else options["policies"]
        if not policies:
            raise CommandError("Name policies, or say --all.")
        if bool(options["organization"]) != bool(options["pattern"]):
            raise CommandError("--organization and --pattern go together.")
        for policy in policies:
            if options["dry_run"]:
                self.stdout.write(f"{policy}: would be purged.")
            elif options["pattern"]:
                self._forget(policy, options["organization"], options["pattern"])
            else:
                purge_policy(name=policy, reason="manage.py purge_cache")
                self.stdout.write(f"{policy}: purged.")

    def _forget(self, policy: str, slug: str, pattern: str) -> None:
        with tenant_context(find_organization(slug)), transaction.atomic():
            count = forget_matching(policy, pattern)
        self.stdout.write(f"{policy}: {count} forgotten.")
