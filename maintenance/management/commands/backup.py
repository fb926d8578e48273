"""``manage.py backup run|list|verify|expire|restore|drill|status|settings|new-key``"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from aviation.common.commands import DomainCommand
from maintenance.backup import terminal
from maintenance.backup.options import ARGUMENTS, no_arguments


class Command(DomainCommand):
    help = "Take, list, verify, expire, restore and drill backups of the whole database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        for name, part in terminal.PARTS.items():
            words = (part.__doc__ or "").strip().splitlines()[0]
            added = parts.add_parser(name, help=words, description=words)
            added.add_argument("--json", action="store_true", help="for programs")
            ARGUMENTS.get(name, no_arguments)(added)

    def run(self, **options: Any) -> None:
        speaker = terminal.Speaker(self.stdout, self.stderr, bool(options["json"]))
        terminal.PARTS[options["part"]](terminal.Call(dict(os.environ), options, speaker))
