"""``manage.py reseal_secrets``, then the same with ``--apply``."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from accounts.tokens.resealing import KINDS, Tally, reseal
from aviation.common.commands import DomainCommand


class Command(DomainCommand):
    help = (
        "Encrypt every stored secret under the current encryption key, so that older keys can be "
        "taken out of DBX_ENCRYPTION_KEYS. Without --apply it only tells what there is to do. May "
        "be stopped and begun again. Fails when a secret cannot be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="do it")
        parser.add_argument("--json", action="store_true", help="for programs")

    def run(self, **options: Any) -> None:
        tallies = [reseal(kind, apply=options["apply"]) for kind in KINDS]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(tally) for tally in tallies], indent=2))
        else:
            self._tell(tallies, applied=options["apply"])
        unreadable = sum(tally.unreadable for tally in tallies)
        if unreadable:
            raise CommandError(f"{unreadable} cannot be read with any of the encryption keys.")

    def _tell(self, tallies: list[Tally], *, applied: bool) -> None:
        number = settings.ENCRYPTION_KEYS.current_number
        self.stdout.write(f"The current encryption key is number {number}.")
        for tally in tallies:
            done = f"{tally.resealed} of them sealed again" if applied else "nothing changed yet"
            self.stdout.write(
                f"{tally.name}: {tally.current} under it, {tally.older} under older keys ({done}), "
                f"{tally.unreadable} not readable"
            )
        if not applied and any(tally.older for tally in tallies):
            self.stdout.write("Run it again with --apply to seal them under the current key.")
