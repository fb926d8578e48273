"""``manage.py suspend_organization alpine [--resume]``"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from aviation.common.commands import DomainCommand
from aviation.tenants.services import resume_organization, suspend_organization


class Command(DomainCommand):
    help = "Refuse an organization's people and programs at once; its data stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--resume", action="store_true", help="let it in again")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")

    def run(self, **options: Any) -> None:
        act, done = (
            (resume_organization, "open again")
            if options["resume"]
            else (suspend_organization, "suspended; nobody gets in, its data is kept")
        )
        with transaction.atomic():
            organization = act(slug=options["slug"])
            # Done and undone: what the act would refuse, the dry run refuses.
            transaction.set_rollback(options["dry_run"])
        verb = "would be" if options["dry_run"] else "is"
        self.stdout.write(f"{organization.name} {verb} {done}.")
