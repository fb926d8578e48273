"""``manage.py set_time_zone alpine Europe/Zurich [--dry-run]``"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from aviation.common.commands import DomainCommand
from aviation.tenants.services import set_time_zone


class Command(DomainCommand):
    help = "Count an organization's days in another time zone; its figures follow within minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("time_zone", help="by its full name, such as Europe/Zurich")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")

    def run(self, **options: Any) -> None:
        with transaction.atomic():
            organization = set_time_zone(slug=options["slug"], time_zone=options["time_zone"])
            # Done and undone: what the act would refuse, the dry run refuses.
            transaction.set_rollback(options["dry_run"])
        verb = "would count" if options["dry_run"] else "counts"
        self.stdout.write(f"{organization.name} {verb} its days in {organization.time_zone}.")
