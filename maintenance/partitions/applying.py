"""Taking the steps of a plan, each in a short transaction of its own.

What must never happen: rows gone with a table nobody meant to drop, or writers that wait for
upkeep. A step looks again, under its lock, before it changes anything; it waits for a lock a
moment only; a table that holds a single row is never dropped here. Killed anywhere, the next plan
holds what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from psycopg import sql

from aviation.common.errors import Conflict, DomainError
from aviation.telemetry.partitions import patiently
from aviation.tenants.context import BoundOrganization
from aviation.tenants.schemas import OWNER, require_owner
from maintenance.partitions.catalogue import read_leaves
from maintenance.partitions.planning import Mending, Step
from maintenance.partitions.securing import securing_statements
from maintenance.partitions.tables import declared


class StepFailed(DomainError):
    """The database refused a step; nothing of it was done."""

    code = "step_failed"
    status = 409


def apply_step(step: Step, organization: BoundOrganization | None) -> None:
    """Take one step, bound as it was planned. Raises Conflict, Unavailable or StepFailed."""
    if step.mending == Mending.BY_HAND:
        raise Conflict(f"{step.schema}.{step.table} {step.text}: this takes a person.")
    if step.needs_owner:
        require_owner()
    using = OWNER if OWNER in connections else DEFAULT_DB_ALIAS
    act = ACTS[step.mending]

    def take() -> None:
        with connections[using].cursor() as cursor:
            act(cursor, step, organization)

    try:
        patiently(take, using=using)
    except DatabaseError as error:
        raise StepFailed(f"{step.schema}.{step.table}: {str(error).strip()}") from error


def _make(cursor: Any, step: Step, _: BoundOrganization | None) -> None:
    table = declared(step.parent)
    assert table is not None
    cursor.execute(table.make if step.mending == Mending.MAKE else table.fill, [step.month])


def _secure(cursor: Any, step: Step, organization: BoundOrganization | None) -> None:
    for _, statements in securing_statements(cursor, step.schema, organization, {step.table}):
        cursor.execute(sql.SQL("; ").join(statements))


def _own(cursor: Any, step: Step, _: BoundOrganization | None) -> None:
    cursor.execute(
        sql.SQL("ALTER TABLE {} OWNER TO CURRENT_USER").format(_place(step)),
    )


def _switch_on(cursor: Any, step: Step, _: BoundOrganization | None) -> None:
    table = declared(step.parent)
    assert table is not None
    leaf = next(each for each in read_leaves(cursor, step.schema) if each.name == step.table)
    for name, statement in table.triggers.items():
        if name not in leaf.triggers:
            if not statement:
                raise Conflict(f"{name} comes with ATTACH only: take {leaf.name} off and on again.")
            cursor.execute(sql.SQL(statement).format(_place(step)))
        elif leaf.triggers[name] != "O":
            cursor.execute(
                sql.SQL("ALTER TABLE {} ENABLE TRIGGER {}").format(
                    _place(step), sql.Identifier(name)
                )
            )


def _finish_detaching(cursor: Any, step: Step, _: BoundOrganization | None) -> None:
    cursor.execute(
        sql.SQL("ALTER TABLE {} DETACH PARTITION {} FINALIZE").format(
            sql.Identifier(step.schema, step.parent), _place(step)
        )
    )


def _drop_empty(cursor: Any, step: Step, _: BoundOrganization | None) -> None:
    """Under a lock that shuts writers out, with policies set aside: not a row may be overlooked."""
    place = _place(step)
    cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(place))
    leaves = read_leaves(cursor, step.schema)
    if not any(leaf.name == step.table and leaf.is_stray for leaf in leaves):
        raise Conflict(f"{step.table} hangs on its table again.")
    cursor.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(place))
    cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(place))
    if cursor.fetchone()[0]:
        raise Conflict(f"{step.table} holds rows: attach it or drop it by hand.")
    cursor.execute(sql.SQL("DROP TABLE {}").format(place))


def _place(step: Step) -> sql.Identifier:
    return sql.Identifier(step.schema, step.table)


ACTS: dict[Mending, Callable[[Any, Step, BoundOrganization | None], None]] = {
    Mending.MAKE: _make,
    Mending.FILL: _make,
    Mending.SECURE: _secure,
    Mending.OWN: _own,
    Mending.TRIGGER: _switch_on,
    Mending.FINISH_DETACHING: _finish_detaching,
    Mending.DROP_EMPTY: _drop_empty,
}
