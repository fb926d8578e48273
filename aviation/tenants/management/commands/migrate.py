"""``manage.py migrate``: the shared tables first, then every organization's schema."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import OperationalError, ProgrammingError, connections, transaction
from django.db.migrations.loader import MigrationLoader

from aviation.tenants.fingerprint import organization_labels
from aviation.tenants.limits import time_limits
from aviation.tenants.migrating import (
    LOCK_PATIENCE_S,
    PAUSES_S,
    migrate_organizations,
    pending_organizations,
)
from aviation.tenants.models import Organization
from aviation.tenants.retry import is_conflict
from aviation.tenants.schemas import OWNER, Migrator, Targets, require_owner
from aviation.tenants.securing import secure_public


class Command(DjangoMigrate):
    """Runs as the owner. An app's label and a migration's name take all organizations there."""

    help = "Migrate the shared tables and every organization's schema."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=OWNER)
        parser.add_argument(
            "--shared-only", action="store_true", help="leave the organizations' schemas alone"
        )
        parser.add_argument(
            "--organization",
            action="append",
            metavar="SLUG",
            help="only this organization's schema; may be given several times",
        )

    def handle(self, *args: Any, **options: Any) -> str | None:
        require_owner()
        options["database"] = OWNER
        self._patiently(lambda: super(Command, self).handle(*args, **options))
        targets = _targets(options)
        if options["shared_only"] or (options["app_label"] and not targets):
            self._secure_public(options)
            return None
        migrator = Migrator(targets)
        if options["plan"] or options["check_unapplied"]:
            self._show(migrator, options)
            return None
        self._secure_public(options)
        self._migrate(_pending(migrator, options), migrator, options["verbosity"])
        return None

    def _secure_public(self, options: dict[str, Any]) -> None:
        if options["plan"] or options["check_unapplied"]:
            return

        def secure() -> None:
            with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
                secure_public(cursor)

        self._patiently(secure)

    def _patiently(self, work: Any) -> None:
        """Do it with short waits for locks, again when others held them."""
        for pause_s in (*PAUSES_S, None):
            try:
                with time_limits(lock_s=LOCK_PATIENCE_S, statement_s=0):
                    work()
            except OperationalError as error:
                if pause_s is None or not is_conflict(error):
                    raise
                self.stderr.write(f"Shared tables are in use, tried again in {pause_s:.0f} s")
                time.sleep(pause_s)
            else:
                return

    def _show(self, migrator: Migrator, options: dict[str, Any]) -> None:
        try:
            pending = _pending(migrator, options)
        except ProgrammingError:  # the table of organizations is itself in the shared plan
            self.stdout.write("Organizations to migrate: all, after the shared tables")
            return
        if options["plan"]:
            self.stdout.write(f"Organizations to migrate: {len(pending)}")
            for organization in pending:
                self.stdout.write(f"  {organization.slug}")
        if options["check_unapplied"] and pending:
            sys.exit(1)

    def _migrate(self, pending: list[Organization], migrator: Migrator, verbosity: int) -> None:
        if verbosity and pending:
            self.stdout.write(f"Organizations: {len(pending)} to migrate")
        failures = migrate_organizations(
            pending, migrator, tell=self.stdout.write if verbosity else _silently
        )
        if failures:
            names = "; ".join(f"{each.organization.slug} ({each.reason})" for each in failures)
            raise CommandError(
                f"{len(failures)} of {len(pending)} not migrated: {names}. Run the command again."
            )


def _silently(_line: str) -> None:
    """Says nothing."""


def _targets(options: dict[str, Any]) -> Targets | None:
    """Where the organizations' schemas are taken when an app is named, else None."""
    label, name = options["app_label"], options["migration_name"]
    if label not in organization_labels():
        return None
    loader = MigrationLoader(None)
    if name == "zero":
        return [(label, None)]
    if name:
        return [(label, loader.get_migration_by_prefix(label, name).name)]
    return [node for node in loader.graph.leaf_nodes() if node[0] == label]


def _pending(migrator: Migrator, options: dict[str, Any]) -> list[Organization]:
    pending = pending_organizations(None if migrator.targets else migrator.fingerprint)
    wanted = options["organization"]
    if wanted is None:
        return pending
    if unknown := set(wanted) - {each.slug for each in pending_organizations(None)}:
        raise CommandError(f"There is no organization {', '.join(sorted(unknown))}.")
    return [each for each in pending if each.slug in wanted]
