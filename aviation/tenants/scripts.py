"""The SQL of migrations, taken down once and played back for other organizations.

Running Django's migrations takes seconds, nearly all of it spent on computing model states that
are the same for every organization. The SQL is the same too, but for the schema's name and the
organization's id. ``tests/isolation`` proves that a schema made by playback equals one migrated
step by step.

What must never happen: playback of a migration that runs Python, since that may look at data.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.backends.postgresql.psycopg_any import mogrify
from django.db.migrations import Migration
from django.db.migrations.operations import SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation

from aviation.tenants.context import BoundOrganization

MigrationKey = tuple[str, str]
"""App label and name."""

_NOTE = "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())"
_FORGET = "DELETE FROM django_migrations WHERE app = %s AND name = %s"
_READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SHOW")
_NOTES = ('INSERT INTO "DJANGO_MIGRATIONS"', 'DELETE FROM "DJANGO_MIGRATIONS"')


@dataclass
class SchemaScript:
    """What migrations sent to the database for one organization."""

    schema_name: str
    organization_id: uuid.UUID
    migrations: list[MigrationKey]
    is_backwards: bool = False
    statements: list[str] = field(default_factory=list)

    def own_count(self, labels: Iterable[str]) -> int:
        """How many of the migrations belong to these apps."""
        return sum(label in labels for label, _name in self.migrations)

    def written_for(self, organization: BoundOrganization) -> str:
        """The same for another organization, as one text."""
        text = "\n;\n".join(self.statements)  # on a line of its own, out of any comment's reach
        for own, others in (
            (self.schema_name, organization.schema_name),
            (str(self.organization_id), str(organization.id)),
            (self.organization_id.hex, organization.id.hex),  # as a reader's login is named
        ):
            text = text.replace(own, others)
        return text

    def play(self, organization: BoundOrganization, *, using: str) -> None:
        """Run it inside the open transaction, bound to the organization, and note it as done."""
        with connections[using].cursor() as cursor:
            if self.statements:
                cursor.execute(self.written_for(organization))
            if self.migrations:
                cursor.executemany(_FORGET if self.is_backwards else _NOTE, self.migrations)


@contextmanager
def taken_down(script: SchemaScript, *, using: str) -> Iterator[SchemaScript]:
    """Take down what the block writes. Reading is left out, and so is Django's own note of it."""
    connection = connections[using]

    def take_down(
        execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        result = execute(sql, params, many, context)
        for values in params if many else [params]:
            text = str(sql) if values is None else mogrify(sql, values, connection)
            if not text.lstrip().upper().startswith((*_READS, *_NOTES)):
                script.statements.append(text)
        return result

    with connection.execute_wrapper(take_down):
        yield script


def may_play_back(migrations: Iterable[Migration]) -> bool:
    """Whether all of them are SQL through and through."""
    return all(
        operation.reduces_to_sql
        for migration in migrations
        for operation in _flattened(migration.operations)
    )


def _flattened(operations: Iterable[Operation]) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _flattened(operation.database_operations)
        else:
            yield operation
