"""``manage.py rotate_token_key [--at-once]``"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.models import SigningKey
from accounts.tokens.keys import SETTLING, VERIFIES_FOR, rotate_key
from aviation.common.commands import DomainCommand


class Command(DomainCommand):
    help = (
        "Make a new key that signs access tokens. The one before still verifies the tokens it "
        "signed until they have expired, so that no program notices."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at-once",
            action="store_true",
            help="for a key that leaked: remove all older keys, so that programs must renew now",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")

    def run(self, **options: Any) -> None:
        if options["dry_run"]:
            self._tell_plan(at_once=options["at_once"])
            return
        done = rotate_key(at_once=options["at_once"])
        begins = f"in {_seconds(SETTLING)} s" if done.retired else "at once"
        self.stdout.write(f"{done.made} is made; it begins to sign {begins}.")
        for kid in done.retired:
            self.stdout.write(f"{kid} is retired; it verifies for {_seconds(VERIFIES_FOR)} s more.")
        for kid in done.removed:
            self.stdout.write(f"{kid} is removed; what it signed is refused.")

    def _tell_plan(self, *, at_once: bool) -> None:
        self.stdout.write("A new key would be made.")
        act = "removed" if at_once else "retired"
        keys = SigningKey.objects.all() if at_once else SigningKey.objects.filter(retired_at=None)
        for key in keys:
            self.stdout.write(f"{key.kid} would be {act}.")


def _seconds(span: Any) -> int:
    return int(span.total_seconds())
