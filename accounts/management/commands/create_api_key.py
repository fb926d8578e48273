"""``manage.py create_api_key alpine --owner ana@example.org --name Uplink --scope read``"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.api_keys.services import create_api_key
from accounts.models import Membership
from accounts.scopes import all_scopes
from aviation.common.commands import DomainCommand
from aviation.common.errors import NotFound, Rejected
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import find_organization
from aviation.tenants.models import Organization

MOST_DAYS = 3_650


class Command(DomainCommand):
    help = "Make an API key for a member and print it, once. Nothing can show it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the organization's code")
        parser.add_argument("--owner", required=True, help="e-mail of the member it acts for")
        parser.add_argument("--name", required=True, help="what the key is for")
        parser.add_argument(
            "--scope",
            dest="scopes",
            action="append",
            required=True,
            metavar="SCOPE",
            help=f"what it may do; may be given several times: {', '.join(all_scopes())}",
        )
        parser.add_argument("--expires-days", type=int, help="days until it ends (default: never)")
        parser.add_argument(
            "--network",
            dest="networks",
            action="append",
            default=[],
            metavar="NETWORK",
            help="where it may be used from, such as 192.0.2.0/24 (default: anywhere)",
        )
        parser.add_argument("--rate-limit", type=int, help="requests a minute")

    def run(self, **options: Any) -> None:
        organization = find_organization(options["slug"])
        with tenant_context(organization), transaction.atomic():
            key, text = create_api_key(
                owner=_owner(organization, options["owner"]),
                name=options["name"],
                scopes=options["scopes"],
                networks=options["networks"],
                expires_at=_end(options["expires_days"]),
                rate_limit_per_minute=options["rate_limit"],
                actor=None,
            )
        self.stderr.write(f"API key {key.name!r} of {key.owner}. It is shown this once:")
        self.stdout.write(text)


def _owner(organization: Organization, email: str) -> Membership:
    members = Membership.objects.current().select_related("user", "organization")
    owner = members.filter(organization=organization, user__email=email.lower()).first()
    if owner is None:
        raise NotFound(f"{email} is no current member of {organization.name}.")
    return owner


def _end(days: int | None) -> Any:
    if days is None:
        return None
    if not 1 <= days <= MOST_DAYS:
        raise Rejected(f"Give 1 to {MOST_DAYS} days.")
    return timezone.now() + timedelta(days=days)
