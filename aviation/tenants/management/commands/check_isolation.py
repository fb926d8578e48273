"""``manage.py check_isolation [--json]``"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.db import connections, transaction

from aviation.common.commands import DomainCommand
from aviation.tenants.context import platform_context
from aviation.tenants.inspection import find_faults
from aviation.tenants.schemas import OWNER, require_owner


class Command(DomainCommand):
    help = (
        "Look through the database's catalogue for anything that would let one organization "
        "reach another's data. Fails when there is any; manage.py migrate mends most of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def run(self, **options: Any) -> None:
        require_owner()
        with (
            platform_context(),
            transaction.atomic(using=OWNER),
            connections[OWNER].cursor() as cursor,
        ):
            faults = find_faults(cursor)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(fault) for fault in faults], indent=2))
        else:
            for fault in faults:
                self.stdout.write(f"{fault.code:<16} {fault.where}: {fault.text}")
        if faults:
            raise CommandError(f"{len(faults)} faults.")
        if not options["json"]:
            self.stdout.write("Every table, role, view and function is as declared.")
