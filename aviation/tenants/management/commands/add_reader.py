"""``manage.py add_reader alpine --tool grafana``"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from aviation.common.commands import DomainCommand
from aviation.tenants.readers import add_reader, remove_reader


class Command(DomainCommand):
    help = (
        "Make a database login for an organization's reporting tool, which reads this "
        "organization's tables and nothing else. Needs DBX_ADMIN_URL."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--tool", default="", help="to tell several tools apart")
        parser.add_argument("--remove", action="store_true", help="end the login")

    def run(self, **options: Any) -> None:
        admin_dsn = os.environ.get("DBX_ADMIN_URL", "")
        if not admin_dsn:
            raise CommandError("Set DBX_ADMIN_URL: only PostgreSQL's superuser makes logins.")
        chosen = {"slug": options["slug"], "tool": options["tool"], "admin_dsn": admin_dsn}
        if options["remove"]:
            self.stdout.write(f"{remove_reader(**chosen)} is gone.")
            return
        name, password = add_reader(**chosen)
        self.stdout.write(f"user:     {name}\npassword: {password}\nIt is shown only now.")
