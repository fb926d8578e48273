"""The triggers on audited tables, for django-pgtrigger's registry and its migrations.

django-pgtrigger would make one function per trigger and table, again in each organization's
schema, with a session setting that switches it off. Here all triggers call three shared functions
in ``public`` instead (see sql/audit_rows_lean.sql), and nothing switches them off.
See docs/decisions/0006-audit-by-trigger.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.apps import apps
from django.conf import settings
from pgtrigger import compiler

from aviation.audit.tables import AuditedTable

if TYPE_CHECKING:
    from django.db.models import Model


_referencing: Any = pgtrigger.Referencing  # which is not annotated


class SharedFunctionTrigger(compiler.UpsertTriggerSql):
    """The statement that makes one trigger. Migrations refer to it: never change its text."""

    def get_template(self) -> str:
        return (
            "CREATE OR REPLACE TRIGGER {pgid} {when} {operation} ON {table} {referencing}"
            " FOR EACH STATEMENT EXECUTE FUNCTION {execute}"
        )


class AuditTrigger(pgtrigger.Trigger):
    """One of an audited table's triggers; called once per statement, whatever number of rows."""

    level = pgtrigger.Statement
    function: ClassVar[str]

    def __init__(self, table: AuditedTable) -> None:
        super().__init__()
        self.table = table

    def arguments(self, model: type[Model]) -> list[str]:
        """What the function must know of the table: constants, so that no name is looked up."""
        key = str(model._meta.pk.column)
        return [self.table.name, key, self.table.organization_column, *self.table.left_out]

    def render_execute(self, model: Any) -> str:
        return f"public.{self.function}({', '.join(map(_literal, self.arguments(model)))})"

    def compile(self, model: Any) -> compiler.Trigger:
        sql = SharedFunctionTrigger(
            pgid=self.get_pgid(model),
            func="",
            table=model._meta.db_table,
            when=self.when,
            operation=self.operation,
            referencing=self.referencing or "",
            execute=self.render_execute(model),
        )
        return compiler.Trigger(name=self.name, sql=sql)


# PostgreSQL hands the changed rows only to triggers of a single kind of change.
class InsertTrigger(AuditTrigger):
    name = "audit_insert"
    when = pgtrigger.After
    operation = pgtrigger.Insert
    referencing = _referencing(new="new_rows")
    function = "audit_inserted"


class UpdateTrigger(AuditTrigger):
    name = "audit_update"
    when = pgtrigger.After
    operation = pgtrigger.Update
    referencing = _referencing(old="old_rows", new="new_rows")
    function = "audit_updated"


class DeleteTrigger(AuditTrigger):
    name = "audit_delete"
    when = pgtrigger.After
    operation = pgtrigger.Delete
    referencing = _referencing(old="old_rows")
    function = "audit_deleted"


class TruncateTrigger(AuditTrigger):
    """Refuses: a trigger is shown none of the rows that TRUNCATE takes away."""

    name = "audit_truncate"
    when = pgtrigger.Before
    operation = pgtrigger.Truncate
    function = "audit_refuse_truncate"

    def arguments(self, model: type[Model]) -> list[str]:
        return [self.table.name]


KINDS = (InsertTrigger, UpdateTrigger, DeleteTrigger, TruncateTrigger)


def register_triggers() -> None:
    """Attach the triggers to the declared models; ``makemigrations`` sees them there."""
    for table in settings.AUDITED_TABLES:
        pgtrigger.register(*(kind(table) for kind in KINDS))(apps.get_model(table.model))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
