"""What it costs that every change is recorded: writes with the audit triggers and without them.

Both sides write by the same code as the application role, each in an organization of its own; from
one of them the triggers are taken away.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from benchmarks.report import Report, alternate

NAMES = ("audit.write", "audit.bulk_write")
WRITES = 200
ROWS = 2_000
ROUNDS = 9
MOST_TIMES = 1.5
MOST_TIMES_BULK = 3.0
"""An event weighs more than the narrow row it tells of: an insert and three indexes of its own."""


def run(report: Report) -> None:
    from benchmarks import world

    audited, bare = world.organization(), _organization_without_triggers()
    _measure_single(report, audited, bare)
    _measure_bulk(report, audited, bare)


def _measure_single(report: Report, audited: object, bare: object) -> None:
    with_s, without_s = alternate(_single_writes(audited), _single_writes(bare), rounds=ROUNDS)
    value_ms, bare_ms = with_s / WRITES * 1_000, without_s / WRITES * 1_000
    report.add(
        name="audit.write",
        value=value_ms,
        unit="ms",
        against=f"the same write without triggers, {bare_ms:.3f} ms",
        ratio=with_s / without_s,
        goal=f"at most {MOST_TIMES} times",
        holds=with_s <= MOST_TIMES * without_s,
    )


def _measure_bulk(report: Report, audited: object, bare: object) -> None:
    with_s, without_s = alternate(_bulk_write(audited), _bulk_write(bare), rounds=ROUNDS)
    report.add(
        name="audit.bulk_write",
        value=with_s / ROWS * 1_000_000,
        unit="us/row",
        against=f"the same without triggers, {without_s / ROWS * 1_000_000:.0f} us/row",
        ratio=with_s / without_s,
        goal=f"at most {MOST_TIMES_BULK} times",
        holds=with_s <= MOST_TIMES_BULK * without_s,
    )


def _single_writes(organization: object) -> Callable[[], None]:
    """Inserts and updates by turns, each in a transaction of its own."""
    from django.db import transaction

    from aviation.fleet.models import Aircraft
    from aviation.tenants.context import Origin, acting_as, coming_from, tenant_context

    def write() -> None:
        origin = Origin("192.0.2.1", uuid.uuid4().hex)
        with tenant_context(organization), acting_as(uuid.uuid4()), coming_from(origin):  # type: ignore[arg-type]
            for _ in range(WRITES // 2):
                aircraft = Aircraft(registration=uuid.uuid4().hex, name="Before")
                with transaction.atomic():
                    aircraft.save(force_insert=True)
                aircraft.name = "After"
                with transaction.atomic():
                    aircraft.save(update_fields=["name"])

    return write


def _bulk_write(organization: object) -> Callable[[], None]:
    """Half of the rows' events from bulk_create, half from one update."""
    from django.db import transaction

    from aviation.fleet.models import Aircraft
    from aviation.tenants.context import tenant_context

    def write() -> None:
        with tenant_context(organization), transaction.atomic():  # type: ignore[arg-type]
            fleet = [Aircraft(registration=f"B-{number}") for number in range(ROWS // 2)]
            Aircraft.objects.bulk_create(fleet)
            Aircraft.objects.filter(registration__startswith="B-").update(name="Renamed")
            transaction.set_rollback(True)

    return write


def _organization_without_triggers() -> object:
    """Its schema is the same, but for the triggers on aircraft."""
    from django.db import connections

    from aviation.tenants.services import open_organization

    organization = open_organization(slug=f"bare-{uuid.uuid4().hex[:8]}", name="Bare")
    with connections["owner"].cursor() as cursor:
        table = f"{organization.schema_name}.fleet_aircraft"
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return organization
