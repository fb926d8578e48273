"""The declarations in config/cached.py, the models and the policies agree."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks

from aviation.caching.topics import TopicTable

HINT = "The list is in config/cached.py."


@checks.register(checks.Tags.models)
def every_topic_table_is_a_model(**_: Any) -> list[checks.CheckMessage]:
    """caching.E001, E002: each table is a model, declared once, with the column it names."""
    tables: tuple[TopicTable, ...] = settings.TOPIC_TABLES
    models = {model._meta.label: model for model in apps.get_models()}
    labels = [table.model for table in tables]
    return [
        *(
            _error(f"{label} is declared twice, or is no model.", "E001")
            for label in sorted({each for each in labels if labels.count(each) > 1})
            + sorted(set(labels) - models.keys())
        ),
        *(
            _error(f"{table.model} does not say whose its rows are.", "E002")
            for table in tables
            if table.model in models and not _tells_whose(table, models[table.model])
        ),
    ]


def _tells_whose(table: TopicTable, model: Any) -> bool:
    """By its schema, or by the column it names."""
    app = apps.get_app_config(model._meta.app_label)
    if app.name in settings.ORGANIZATION_APPS:
        return table.organization_column == ""
    return table.organization_column in {field.column for field in model._meta.concrete_fields}


def _error(message: str, number: str) -> checks.Error:
    return checks.Error(message, hint=HINT, id=f"caching.{number}")
