"""What each role may do, and what each scope opens."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.choices import Role
from accounts.members.permissions_page import permissions_page
from accounts.roles import PERMISSIONS, Resource


class Command(BaseCommand):
    help = "List the permissions of each role; --markdown writes the page docs/roles.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--markdown", action="store_true", help="The whole page.")

    def handle(self, *args: Any, markdown: bool, **options: Any) -> None:
        if markdown:
            self.stdout.write(permissions_page(), ending="")
            return
        for role in Role:
            self.stdout.write(role.label)
            for resource in Resource:
                acts = [
                    act
                    for (of, act), roles in PERMISSIONS.items()
                    if of == resource and role in roles
                ]
                if acts:
                    self.stdout.write(f"  {resource:14} {', '.join(acts)}")
