"""``manage.py generate_telemetry --organizations 100 --points 50000000``"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.db import transaction
from django.utils import timezone

from aviation.common.commands import DomainCommand
from aviation.common.errors import Rejected
from aviation.telemetry import generating
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from aviation.tenants.services import open_organization


class Command(DomainCommand):
    help = (
        "Fill organizations of its own with made-up flights, to try an installation at its future "
        "size. Interrupted, it goes on where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organizations", type=int, default=10)
        parser.add_argument("--points", type=int, default=1_000_000, help="in all of them together")
        parser.add_argument("--prefix", default="load", help="their codes: load-001 and so on")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be made")

    def run(self, **options: Any) -> None:
        count, points = options["organizations"], options["points"]
        if count < 1 or points < 1:
            raise Rejected("At least one organization and one point.")
        each = -(-points // count)
        flights = -(-each // generating.POINTS_EACH)
        size = f"{flights} flights, {flights * generating.POINTS_EACH:,} points each."
        self.stdout.write(f"{count} organizations of {size}")
        if options["dry_run"]:
            return
        until = timezone.now().replace(minute=0, second=0, microsecond=0)
        for number in range(1, count + 1):
            self._fill(f"{options['prefix']}-{number:03d}", each, until)

    def _fill(self, slug: str, points: int, until: Any) -> None:
        began, stored = time.monotonic(), 0
        organization = _find(slug) or open_organization(slug=slug, name=slug.title())
        with tenant_context(organization):
            for stored in generating.generate_flights(points=points, until=until):
                if self.stderr.isatty():
                    self.stderr.write(f"\r{slug}: {stored:,}", ending="")
        took_s = time.monotonic() - began
        self.stdout.write(f"{slug}: {stored:,} points after {took_s:.1f} s")
        self.stdout.flush()  # into a file too, a line for each organization at once


@transaction.atomic
def _find(slug: str) -> Organization | None:
    with platform_context():
        return Organization.objects.filter(slug=slug).first()
