"""``manage.py prepare``: what ``make run`` does before the web process starts."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from aviation.common.commands import DomainCommand
from aviation.demo.seeding import is_empty, seed_demo


class Command(DomainCommand):
    help = "Migrate, and fill an empty installation with the demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave it empty")

    def run(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if options["no_demo"] or not is_empty():
            return
        self.stdout.write("First start: making two demo organizations with simulated flights")
        seed_demo(now=timezone.now(), tell=self._tell)

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
