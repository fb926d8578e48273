"""``manage.py list_organizations [--json]``"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.db import transaction

from aviation.common.commands import DomainCommand
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization


class Command(DomainCommand):
    help = "List the organizations on this installation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def run(self, **options: Any) -> None:
        with platform_context(), transaction.atomic():
            organizations = list(Organization.objects.all())
        if options["json"]:
            self.stdout.write(json.dumps([_as_dict(each) for each in organizations], indent=2))
            return
        if not organizations:
            self.stdout.write("No organizations yet. Open one: manage.py open_organization …")
        for each in organizations:
            self.stdout.write(f"{each.slug:<24} {each.get_status_display():<10} {each.name}")


def _as_dict(organization: Organization) -> dict[str, str]:
    return {
        "slug": organization.slug,
        "name": organization.name,
        "status": organization.status,
        "schema": organization.schema_name,
        "opened_at": organization.created_at.isoformat(),
    }
