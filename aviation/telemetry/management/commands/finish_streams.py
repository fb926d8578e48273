"""``manage.py finish_streams --organization alpine [--failed]``"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.db import transaction
from django.utils import timezone

from aviation.common.commands import DomainCommand
from aviation.telemetry.streaming.ending import due_streams, forgive_attempts
from aviation.telemetry.streaming.finishing import finish_stream
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import find_organization


class Command(DomainCommand):
    help = "End the streamed flights that fell silent and finish those that are over, now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument(
            "--failed", action="store_true", help="also those that failed too often to be tried"
        )
        parser.add_argument("--dry-run", action="store_true", help="list them only")

    def run(self, **options: Any) -> None:
        now = timezone.now()
        with tenant_context(find_organization(options["organization"])):
            with transaction.atomic():
                due = due_streams(now, with_failed=options["failed"])
            if options["dry_run"]:
                self.stdout.write("".join(f"would finish {flight_id}\n" for flight_id in due))
                return
            forgive_attempts(due)
            for number, flight_id in enumerate(due, 1):
                self.stderr.write(f"[{number}/{len(due)}] {flight_id}")
                finish_stream(flight_id=flight_id, at=now)
        self.stdout.write(f"{len(due)} streamed flights looked at.")
