"""``manage.py rename_organization alpine --slug summit --name "Summit Survey"``"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from aviation.common.commands import DomainCommand
from aviation.tenants.services import rename_organization


class Command(DomainCommand):
    help = "Change an organization's code in addresses, its name, or both. The old address ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its present code")
        parser.add_argument("--slug", dest="new_slug", help="its new code")
        parser.add_argument("--name", dest="new_name", help="its new name")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")

    def run(self, **options: Any) -> None:
        slug, new_slug, new_name = options["slug"], options["new_slug"], options["new_name"]
        if not (new_slug or new_name):
            raise CommandError("Say what to change: --slug, --name or both.")
        if options["dry_run"]:
            self.stdout.write(f"{slug} would become {new_slug or slug}, {new_name or 'same name'}.")
            return
        organization = rename_organization(slug=slug, new_slug=new_slug, new_name=new_name)
        self.stdout.write(f"{organization.name} is now at /o/{organization.slug}/.")
