"""``manage.py open_organization alpine "Alpine Survey"``"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from aviation.common.commands import DomainCommand
from aviation.tenants.choices import ComplianceLevel, OrganizationKind, SubscriptionTier
from aviation.tenants.services import open_organization
from aviation.tenants.tiers import GIB


class Command(DomainCommand):
    help = "Open an organization: its schema, tables and policies, all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its code in addresses, such as alpine")
        parser.add_argument("name", help="its full name")
        parser.add_argument("--kind", choices=OrganizationKind.values, default="commercial")
        parser.add_argument("--tier", choices=SubscriptionTier.values, default="standard")
        parser.add_argument("--compliance", choices=ComplianceLevel.values, default="basic")
        parser.add_argument("--time-zone", default="UTC", help="whose days figures are counted in")
        agreed = parser.add_argument_group("agreed otherwise than the tier says")
        agreed.add_argument("--quota-gib", type=int, help="storage for its files")
        agreed.add_argument("--requests-per-minute", type=int, help="of its programs")
        agreed.add_argument("--retention-days", type=int, help="of its telemetry")

    def run(self, **options: Any) -> None:
        organization = open_organization(
            slug=options["slug"],
            name=options["name"],
            kind=options["kind"],
            subscription_tier=options["tier"],
            compliance_level=options["compliance"],
            time_zone=options["time_zone"],
            **_agreed(options),
        )
        self.stdout.write(
            f"Opened {organization.name} at /o/{organization.slug}/. "
            f"Give it a first person with: manage.py add_member {organization.slug} E-MAIL"
            " --role admin"
        )


def _agreed(options: dict[str, Any]) -> dict[str, Any]:
    quota_gib = options["quota_gib"]
    fields = {
        "storage_quota_bytes": None if quota_gib is None else quota_gib * GIB,
        "api_rate_limit_per_minute": options["requests_per_minute"],
        "telemetry_retention_days": options["retention_days"],
    }
    return {name: value for name, value in fields.items() if value is not None}
