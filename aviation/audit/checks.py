"""Deny unless declared: every model is audited, or says why it is not."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks

from aviation.audit.tables import AuditedTable

HINT = "The lists are in config/audited.py."


@checks.register(checks.Tags.models)
def every_model_is_declared(**_: Any) -> list[checks.CheckMessage]:
    """audit.E001 to E003: the declarations and the models agree."""
    audited: tuple[AuditedTable, ...] = settings.AUDITED_TABLES
    labels = [table.model for table in audited] + list(settings.UNAUDITED_MODELS)
    models = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    return [
        *(
            _error(f"{label} is neither audited nor left out with a reason.", "E001")
            for label in sorted(models.keys() - set(labels))
        ),
        *(
            _error(f"{label} is declared twice, or is no model.", "E002")
            for label in sorted(
                {each for each in labels if labels.count(each) > 1 or each not in models}
            )
        ),
        *(
            _error(f"{table.model} has no column {column!r}.", "E003")
            for table in audited
            if table.model in models
            for column in _unknown_columns(table, models[table.model])
        ),
    ]


def _unknown_columns(table: AuditedTable, model: Any) -> list[str]:
    named = [*table.left_out, table.organization_column]
    known = {field.column for field in model._meta.concrete_fields}
    return [column for column in named if column and column not in known]


def _error(message: str, number: str) -> checks.Error:
    return checks.Error(message, hint=HINT, id=f"audit.{number}")
