"""``manage.py add_member alpine ana@example.org --role manager``"""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from accounts.choices import Role
from accounts.services import add_member
from aviation.common.commands import DomainCommand
from aviation.common.errors import NotFound
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization


class Command(DomainCommand):
    help = "Make a person a member of an organization, with an account when they have none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("email")
        parser.add_argument("--role", choices=Role.values, default=Role.READONLY)
        parser.add_argument("--name", default="", help="the person's full name")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password's line from stdin"
        )

    def run(self, **options: Any) -> None:
        with platform_context(), transaction.atomic():
            organization = Organization.objects.filter(slug=options["slug"]).first()
        if organization is None:
            raise NotFound(f"There is no organization {options['slug']!r}.")
        add_member(
            organization=organization,
            email=options["email"],
            role=options["role"],
            full_name=options["name"],
            password=_password(options["password_stdin"]),
        )
        self.stdout.write(f"{options['email']} is now {options['role']} of {organization.name}.")


def _password(from_stdin: bool) -> str | None:
    """A typed password; none means the person sets one by the reset mail."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n") or None
    if sys.stdin.isatty():
        return getpass.getpass("Password (empty: they choose one by mail): ") or None
    return None
