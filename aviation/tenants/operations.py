"""What migrations of an organization's tables can do besides Django's own operations."""

from __future__ import annotations

from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation

from aviation.tenants.context import require_organization
from aviation.tenants.views import DATA_SUFFIX, showing


class CreateOrganizationView(Operation):
    """Make a materialized view, and the guarded view by which its organization reads it.

    ``sql`` makes the materialized view ``name_data`` with a unique index over all of its rows. It
    is SQL through and through, so that it can be played back for other organizations.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, sql: str) -> None:
        self.name = name
        self.sql = sql

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, "sql": self.sql}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing: the model that reads the view is unmanaged and has an operation of its own."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if not router.allow_migrate(schema_editor.connection.alias, app_label):
            return
        schema_editor.execute(self.sql, params=None)
        for statement in showing(require_organization(), self.name):
            schema_editor.execute(statement.as_string(None), params=None)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if not router.allow_migrate(schema_editor.connection.alias, app_label):
            return
        schema_editor.execute(f"DROP VIEW {self.name}", params=None)
        schema_editor.execute(f"DROP MATERIALIZED VIEW {self.name}{DATA_SUFFIX}", params=None)

    def describe(self) -> str:
        return f"Create the organization's view {self.name}"
