"""The triggers that note changes of topics, for django-pgtrigger's registry and its migrations.

They share functions in ``public`` (see sql/changes.sql), as the audit trail's triggers do. They
ask only for what the audit triggers of the same table are handed anyway: the changed rows.
"""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.apps import apps
from django.conf import settings
from pgtrigger import compiler

from aviation.audit.triggers import SharedFunctionTrigger
from aviation.caching.topics import TopicTable

_referencing: Any = pgtrigger.Referencing  # which is not annotated


class TopicTrigger(pgtrigger.Trigger):
    """One of a topic table's triggers; called once per statement, whatever number of rows."""

    level = pgtrigger.Statement
    when = pgtrigger.After
    function = "caching_changed"

    def __init__(self, table: TopicTable) -> None:
        super().__init__()
        self.table = table

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

    def render_execute(self, model: Any) -> str:
        topic, column = self.table.topic, self.table.organization_column
        if column:
            return f"public.caching_changed_for('{topic}', '{column}')"
        return f"public.{self.function}('{topic}')"


# PostgreSQL hands the changed rows only to triggers of a single kind of change.
class InsertTrigger(TopicTrigger):
    name = "topic_insert"
    operation = pgtrigger.Insert
    referencing = _referencing(new="changed_rows")


class UpdateTrigger(TopicTrigger):
    name = "topic_update"
    operation = pgtrigger.Update
    referencing = _referencing(new="changed_rows")


class DeleteTrigger(TopicTrigger):
    name = "topic_delete"
    operation = pgtrigger.Delete
    referencing = _referencing(old="changed_rows")


class TruncateTrigger(TopicTrigger):
    """Without rows to look at, so only where the schema says whose they were."""

    name = "topic_truncate"
    operation = pgtrigger.Truncate
    function = "caching_emptied"


def kinds_for(table: TopicTable) -> tuple[type[TopicTrigger], ...]:
    """The triggers a table needs. TRUNCATE of shared tables is refused by the audit's trigger."""
    of_rows = (InsertTrigger, UpdateTrigger, DeleteTrigger)
    return of_rows if table.organization_column else (*of_rows, TruncateTrigger)


def register_triggers() -> None:
    """Attach the triggers to the declared models; ``makemigrations`` sees them there."""
    for table in settings.TOPIC_TABLES:
        kinds = [kind(table) for kind in kinds_for(table)]
        pgtrigger.register(*kinds)(apps.get_model(table.model))
