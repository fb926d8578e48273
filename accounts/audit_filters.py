"""Narrowing the audit trail in the admin, without asking the trail itself what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit_wording import table_label
from aviation.audit.choices import ActorKind, RowAction

Choices = list[tuple[str, str]]


class EventFilter(admin.SimpleListFilter):
    """One value of ``column``."""

    column: str

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        value = self.value()
        return queryset.filter(**{self.column: value}) if value else queryset


class TableFilter(EventFilter):
    title = "table"
    parameter_name = column = "table_name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(table.name, table_label(table.name)) for table in settings.AUDITED_TABLES]


class ActorFilter(EventFilter):
    title = "who"
    parameter_name = column = "actor_kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(ActorKind.choices)


class ActionFilter(admin.SimpleListFilter):
    title = "what"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [*RowAction.choices, ("named", "Refused or otherwise of note")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        value = self.value()
        if value == "named":
            return queryset.exclude(action__in=RowAction.values)
        return queryset.filter(action=value) if value else queryset


class TimeFilter(admin.SimpleListFilter):
    """A month unless more is asked for: older partitions are then left alone."""

    title = "time"
    parameter_name = "days"
    usual = "30"
    spans = {"1": "Past 24 hours", "7": "Past 7 days", "30": "Past 30 days", "365": "Past year"}
    everything = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [*self.spans.items(), (self.everything, "All time")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        chosen = self.value() or self.usual
        if chosen not in self.spans:
            return queryset
        return queryset.filter(at__gte=timezone.now() - timedelta(days=int(chosen)))

    def choices(self, changelist: Any) -> Iterator[Any]:
        chosen = self.value() or self.usual
        for value, title in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {
                "selected": str(value) == chosen,
                "query_string": query,
                "display": title,
            }
