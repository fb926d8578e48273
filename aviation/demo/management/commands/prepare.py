"""``manage.py prepare``: what ``make run`` does before the web process starts."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from aviation.common.commands import DomainCommand
from aviation.demo.first_start import first_start


class Command(DomainCommand):
    help = "Migrate, and fill an empty installation with the demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave it empty")

    def run(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        start = None if options["no_demo"] else first_start(timezone.now())
        if start is None:
            return
        # Here and not above: the simulator and the readers take a moment to load, and every
        # later start has no use for them.
        from aviation.demo.seeding import seed_demo

        self._tell("First start: making two demo organizations with simulated flights")
        seed_demo(start=start, tell=self._tell)

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
