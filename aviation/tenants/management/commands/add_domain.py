"""``manage.py add_domain alpine flights.alpine.example [--remove]``"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from aviation.common.commands import DomainCommand
from aviation.tenants.domains import add_domain, remove_domain


class Command(DomainCommand):
    help = (
        "Let a host name of an organization's own lead to its pages. Make sure first that the "
        "name is theirs, and that your proxy passes it on and has a certificate for it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("host", help="such as flights.example.org")
        parser.add_argument("--remove", action="store_true", help="let it lead nowhere again")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")

    def run(self, **options: Any) -> None:
        slug, host = options["slug"], options["host"]
        act = "no longer lead" if options["remove"] else "lead"
        if options["dry_run"]:
            self.stdout.write(f"{host} would {act} to /o/{slug}/.")
            return
        if options["remove"]:
            remove_domain(slug=slug, host=host)
        else:
            add_domain(slug=slug, host=host)
        self.stdout.write(f"{host} will {act} to /o/{slug}/.")
