"""Making, migrating and removing organizations' schemas, on the owner's connection.

What must never happen: a half-made schema. One organization's schema is made or migrated in one
transaction, policies, grants and the note of its state included, so that a kill at any point
leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from aviation.common.errors import Unavailable
from aviation.tenants.context import BoundOrganization, OrganizationLike, tenant_context
from aviation.tenants.fingerprint import organization_labels, schema_fingerprint
from aviation.tenants.models import SchemaScript as KeptScript
from aviation.tenants.models import SchemaState
from aviation.tenants.retry import run_in_transaction
from aviation.tenants.scripts import MigrationKey, SchemaScript, may_play_back, taken_down
from aviation.tenants.securing import secure_schema

OWNER = "owner"
ASIDE = "aside_"

Targets = Sequence[tuple[str, str | None]]
"""App label and migration name; None stands for before the first."""

Plan = list[tuple[Migration, bool]]
"""Migrations in their order, and whether each is taken back."""


def require_owner() -> None:
    """Raise unless this process may change the schema."""
    if OWNER not in connections:
        raise Unavailable(
            "This process has no owner connection. Run the command where DATABASE_OWNER_URL is set."
        )


def create_schema(organization: OrganizationLike) -> None:
    """Make the organization's schema with all its tables. Call inside a transaction."""
    with tenant_context(organization) as bound:
        _create_empty(bound)
        fingerprint = schema_fingerprint()
        kept = KeptScript.objects.using(OWNER).filter(pk=fingerprint).first()
        if kept is None:
            script = run_migrations(bound)
            if script is not None:
                _keep(script, fingerprint)
        else:
            _unpacked(kept).play(bound, using=OWNER)
        _finish(bound, fingerprint)


def aside_prefix(schema_name: str) -> str:
    """How schemas begin that hold other states of this one: on their way in, or kept to undo."""
    return f"{ASIDE}{schema_name.removeprefix('org_')}_"


def drop_schema(schema_name: str) -> None:
    """Remove the schema, everything in it, and its other states. Call inside a transaction."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname::text, %s)",
            [aside_prefix(schema_name)],
        )
        for (aside,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(_named(aside)))
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(_named(schema_name)))
    SchemaState.objects.using(OWNER).filter(pk=schema_name).delete()


@dataclass
class Migrator:
    """Brings schemas up to date, one after another; what one needed, the next gets played back.

    With ``targets``, schemas are taken to these migrations instead, backwards too.
    """

    targets: Targets | None = None
    fingerprint: str = field(default_factory=schema_fingerprint)
    _scripts: dict[frozenset[MigrationKey], SchemaScript] = field(default_factory=dict)

    def migrate(self, organization: OrganizationLike) -> int:
        """Migrate one organization in one transaction; answers how many migrations ran.

        A second process at work on the same organization waits, and then finds nothing to do.
        """
        with tenant_context(organization) as bound:
            return run_in_transaction(
                lambda: self._migrate(bound), using=OWNER, idempotent=True, attempts=1
            )

    def _migrate(self, organization: BoundOrganization) -> int:
        state = _locked_state(organization)
        if self.targets is None and state.fingerprint == self.fingerprint:
            return 0
        count = self._apply(organization)
        _finish(organization, "" if self.targets else self.fingerprint)
        return count

    def _apply(self, organization: BoundOrganization) -> int:
        noted = MigrationRecorder(connections[OWNER]).migration_qs
        applied = frozenset((each.app, each.name) for each in noted)
        script = self._scripts.get(applied)
        if script is not None:
            script.play(organization, using=OWNER)
            return script.own_count(organization_labels())
        script = SchemaScript(organization.schema_name, organization.id, [])
        count, may_repeat = _execute(script, self.targets)
        if may_repeat:
            self._scripts[applied] = script
        return count


def run_migrations(organization: BoundOrganization) -> SchemaScript | None:
    """Run all migrations step by step; answers their script, None when it must not be reused."""
    script = SchemaScript(organization.schema_name, organization.id, [])
    _count, may_repeat = _execute(script, None)
    return script if may_repeat else None


def _execute(script: SchemaScript, targets: Targets | None) -> tuple[int, bool]:
    """Run Django's executor, taking it down; answers how many ran and whether it may be reused."""
    labels = organization_labels()
    executor = MigrationExecutor(connections[OWNER], progress_callback=_settle)
    wanted = targets or executor.loader.graph.leaf_nodes()
    chosen = [node for node in wanted if node[0] in labels]
    plan: Plan = executor.migration_plan(chosen)
    if plan:
        with taken_down(script, using=OWNER):
            executor.migrate(chosen, _without_shared(executor, plan, labels))
    script.migrations = [(migration.app_label, migration.name) for migration, _ in plan]
    # Shared apps' migrations are in the plan as dependencies; the router makes nothing of them.
    own = [migration for migration, _ in plan if migration.app_label in labels]
    script.is_backwards = any(is_backwards for _, is_backwards in plan)
    return len(own), may_play_back(own)


def _without_shared(executor: MigrationExecutor, plan: Plan, labels: Collection[str]) -> Plan:
    """The plan less what shared apps' migrations would do here: nothing, at the price of seconds.

    They are in it as dependencies and count as done. Not on the way back, where Django needs the
    states between.
    """
    if any(is_backwards for _, is_backwards in plan):
        return plan
    shared = [migration for migration, _ in plan if migration.app_label not in labels]
    for migration in shared:
        executor.recorder.record_applied(migration.app_label, migration.name)
        executor.loader.applied_migrations[migration.app_label, migration.name] = migration
    return [(migration, False) for migration, _ in plan if migration.app_label in labels]


def _settle(action: str, *_: object) -> None:
    """Check a migration's rows now: the next may not alter a table with checks outstanding."""
    if action in ("apply_success", "unapply_success"):
        with connections[OWNER].cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _create_empty(organization: BoundOrganization) -> None:
    name = organization.schema_name
    with connections[OWNER].cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(_named(name)))
        # Made here so that Django finds this table, not the one in "public", on its search path.
        cursor.execute(
            sql.SQL("CREATE TABLE {} (LIKE public.django_migrations INCLUDING ALL)").format(
                sql.Identifier(name, "django_migrations")
            )
        )


def _finish(organization: BoundOrganization, fingerprint: str) -> None:
    with connections[OWNER].cursor() as cursor:
        secure_schema(cursor, organization)
    note_state(organization.schema_name, fingerprint)


def note_state(schema_name: str, fingerprint: str) -> None:
    """Remember what the schema was last made to match."""
    SchemaState.objects.using(OWNER).update_or_create(
        schema_name=schema_name, defaults={"fingerprint": fingerprint}
    )


def _locked_state(organization: BoundOrganization) -> SchemaState:
    states = SchemaState.objects.using(OWNER)
    states.get_or_create(schema_name=organization.schema_name)
    return states.select_for_update().get(pk=organization.schema_name)


def _keep(script: SchemaScript, fingerprint: str) -> None:
    """Store the script for the next organization; those of earlier releases go."""
    KeptScript.objects.using(OWNER).exclude(pk=fingerprint).delete()
    kept = KeptScript(
        fingerprint=fingerprint,
        schema_name=script.schema_name,
        organization_id=script.organization_id,
        statements=script.statements,
        migrations=script.migrations,
    )
    # Another process may be opening the first organization of this release, too.
    KeptScript.objects.using(OWNER).bulk_create([kept], ignore_conflicts=True)


def _unpacked(kept: KeptScript) -> SchemaScript:
    migrations = [(app, name) for app, name in kept.migrations]
    return SchemaScript(
        kept.schema_name, kept.organization_id, migrations, statements=kept.statements
    )


def _named(schema_name: str) -> sql.Identifier:
    return sql.Identifier(schema_name)
