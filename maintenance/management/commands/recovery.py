"""``manage.py recovery request|plan|approve|run|status|withdraw|undo|tidy``"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from aviation.common.commands import DomainCommand
from maintenance.backup.terminal import Speaker
from maintenance.recovery import terminal
from maintenance.recovery.options import ARGUMENTS, no_arguments


class Command(DomainCommand):
    help = "Bring back an organization, a flight, a table or everything, as two people decided."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        for name, part in terminal.PARTS.items():
            words = (part.__doc__ or "").strip().splitlines()[0]
            added = parts.add_parser(name, help=words, description=words)
            added.add_argument("--json", action="store_true", help="for programs")
            ARGUMENTS.get(name, no_arguments)(added)

    def run(self, **options: Any) -> None:
        speaker = Speaker(self.stdout, self.stderr, bool(options["json"]))
        call = terminal.Call(dict(os.environ), options, speaker, getpass)
        terminal.PARTS[options["part"]](call)
