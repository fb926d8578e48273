"""``manage.py archive --dry-run`` and ``manage.py archive --bring-back FLIGHT --organization X``"""

from __future__ import annotations

import json
import uuid
from argparse import ArgumentParser
from dataclasses import asdict
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from aviation.common.commands import DomainCommand
from aviation.common.errors import DomainError, NotFound, Rejected
from aviation.flights.models import FlightSession
from aviation.telemetry.cold.archiving import Archived, archive_month, remove_strays
from aviation.telemetry.cold.bringing_back import KEPT_DAYS, bring_back
from aviation.telemetry.cold.planning import MonthToArchive, plan_months
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations, find_organization
from aviation.tenants.models import Organization


class Command(DomainCommand):
    help = (
        "Move telemetry older than each organization's limit out of the database into Parquet "
        "files, month by month. Every file is read back before its rows go; flight pages, the API "
        "and exports read them as before. Interrupted, it goes on where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="one only; without it all")
        parser.add_argument(
            "--older-than", type=int, metavar="DAYS", help="instead of the organization's limit"
        )
        parser.add_argument("--dry-run", action="store_true", help="print the plan only")
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument("--bring-back", metavar="FLIGHT", help="put a flight's rows back")
        parser.add_argument(
            "--days", type=int, default=KEPT_DAYS, help="how long it stays in the table then"
        )

    def run(self, **options: Any) -> None:
        if options["bring_back"]:
            self._bring_back(options["organization"], options["bring_back"], options["days"])
            return
        done, failed = {}, 0
        for organization in _organizations(options["organization"]):
            with tenant_context(organization):
                outcome, failures = self._archive(organization, options)
            done[organization.slug] = outcome
            failed += failures
        if options["json"]:
            self.stdout.write(json.dumps(done, indent=2, default=str))
        if failed:
            raise Rejected(f"{failed} months could not be archived. Nothing of them was removed.")

    def _archive(
        self, organization: Organization, options: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], int]:
        self._tells = not options["json"]
        days = options["older_than"] or organization.telemetry_retention_days
        with transaction.atomic():
            plan = plan_months(older_than_days=days, at=timezone.now())
        self._tell(f"{organization.slug}: {len(plan)} months ended more than {days} days ago")
        for month in plan:
            self._tell(f"  {_planned(month)}")
        if options["dry_run"]:
            return [asdict(month) for month in plan], 0
        return self._apply([month for month in plan if not month.is_held])

    def _apply(self, plan: list[MonthToArchive]) -> tuple[list[dict[str, Any]], int]:
        done, failed = [], 0
        for month in plan:
            try:
                archived = archive_month(month, tell=partial(self._progress, month))
            except DomainError as error:
                failed += 1
                self.stderr.write(f"  {month.month:%Y-%m}: {error.message}")
                continue
            done.append(asdict(archived))
            self._tell(f"  {_told(archived)}")
        strays = remove_strays()
        if strays:
            self._tell(f"  {len(strays)} files that belonged to no flight removed")
        return done, failed

    def _bring_back(self, slug: str | None, flight_id: str, days: int) -> None:
        if slug is None:
            raise Rejected("Name the flight's organization with --organization.")
        with tenant_context(find_organization(slug)), transaction.atomic():
            rows = bring_back(_flight(flight_id), at=timezone.now(), days=days)
        self.stdout.write(f"{rows:,} rows are back in the table for {days} days.")

    def _progress(self, month: MonthToArchive, flights: int) -> None:
        if self.stderr.isatty():
            text = f"\r\033[K  {month.month:%Y-%m}: {flights}/{month.flights} flights"
            self.stderr.write(text, ending="" if flights < month.flights else "\n")

    def _tell(self, text: str) -> None:
        if self._tells:
            self.stdout.write(text)


def _planned(month: MonthToArchive) -> str:
    held = f"; stays, as {month.kept} flights were brought back" if month.is_held else ""
    size = f"{month.table_bytes / 1e6:.1f} MB"
    return f"{month.month:%Y-%m}: {month.flights} flights, {month.rows:,} rows, {size}{held}"


def _told(done: Archived) -> str:
    times = done.table_bytes / done.file_bytes if done.file_bytes else 0.0
    sizes = f"{done.table_bytes / 1e6:.1f} MB became {done.file_bytes / 1e6:.1f} MB"
    return f"{done.month:%Y-%m}: {done.rows:,} rows archived, {sizes} ({times:.1f} times smaller)"


def _organizations(slug: str | None) -> list[Organization]:
    return active_organizations() if slug is None else [find_organization(slug)]


def _flight(flight_id: str) -> FlightSession:
    try:
        return FlightSession.objects.get(pk=uuid.UUID(flight_id))
    except (ValueError, FlightSession.DoesNotExist):
        raise NotFound(f"There is no flight {flight_id}.") from None
