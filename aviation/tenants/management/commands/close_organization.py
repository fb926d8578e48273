"""``manage.py close_organization alpine``, later the same with ``--yes``."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from aviation.common.commands import DomainCommand
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.closing import (
    GRACE_DAYS,
    ClosingPlan,
    begin_closing,
    cancel_closing,
    due_organizations,
    finish_closing,
    plan_closing,
)
from aviation.tenants.schemas import require_owner


class Command(DomainCommand):
    help = (
        "Close an organization. At first nobody gets in any more and a grace period runs; after "
        "it, or with --now, everything is exported and then removed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?")
        parser.add_argument("--grace-days", type=int, default=GRACE_DAYS)
        parser.add_argument("--cancel", action="store_true", help="open it again")
        parser.add_argument("--now", action="store_true", help="remove it without (more) grace")
        parser.add_argument(
            "--due", action="store_true", help="remove all whose grace has run out; for cron"
        )
        parser.add_argument("--yes", action="store_true", help="really remove")
        parser.add_argument("--dry-run", action="store_true", help="only show what it has")
        parser.add_argument(
            "--export-to", type=Path, help="folder for the export; default: exports in DBX_VAR"
        )

    def run(self, **options: Any) -> None:
        require_owner()
        if options["due"] == bool(options["slug"]):
            raise CommandError("Name one organization, or say --due.")
        if options["due"]:
            for organization in due_organizations(at=timezone.now()):
                self._remove(plan_closing(slug=organization.slug), options)
            return
        if options["cancel"]:
            organization = cancel_closing(slug=options["slug"])
            self.stdout.write(f"{organization.name} stays; it is {organization.status} again.")
            return
        self._close(plan_closing(slug=options["slug"]), options)

    def _close(self, plan: ClosingPlan, options: dict[str, Any]) -> None:
        organization = plan.organization
        is_due = organization.closes_at is not None and organization.closes_at <= timezone.now()
        if options["now"] or is_due:
            self._remove(plan, options)
            return
        self._show(plan)
        if options["dry_run"]:
            return
        if organization.status == OrganizationStatus.CLOSING:
            raise CommandError(f"It is closing, with grace until {organization.closes_at:%F %R}.")
        closing = begin_closing(slug=organization.slug, grace_days=options["grace_days"])
        self.stdout.write(
            f"{closing.name} is closing: nobody gets in. After {closing.closes_at:%F %R} UTC, run "
            f"this again with --yes to export and remove it. --cancel opens it again."
        )

    def _remove(self, plan: ClosingPlan, options: dict[str, Any]) -> None:
        self._show(plan)
        if options["dry_run"]:
            return
        if not options["yes"]:
            raise CommandError("This exports and then removes all of it. Add --yes to do so.")
        organization = plan.organization
        base = options["export_to"] or settings.VAR / "exports"
        export = finish_closing(
            slug=organization.slug,
            folder=base / f"{organization.slug}-{organization.id}",
            is_early=options["now"],
            tell=self._tell,
        )
        parts = export.parts()
        self.stdout.write(
            f"{organization.name} is closed. {len(parts)} files, "
            f"{sum(part.bytes for part in parts):,} bytes: {export.folder}"
        )

    def _show(self, plan: ClosingPlan) -> None:
        self.stdout.write(f"{plan.organization.name} ({plan.organization.slug}) has:")
        for table, count in plan.rows.items():
            self.stdout.write(f"  {count:>12,} rows in {table}")
        self.stdout.write(f"  {plan.file_count:>12,} files, {plan.file_bytes:,} bytes")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
