"""The base of the fleet admin's pages: roles decide, one organization is in sight.

Django's permission tables are never asked. What a person may pick for a foreign key, in the form
and in what is posted, is what its own admin shows them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

from accounts.audit_history import AuditHistory, audited_name
from accounts.models import Membership
from accounts.roles import Action, Resource
from aviation.common.admin_fields import KnownChoice
from aviation.common.admin_lists import NarrowedList, NarrowedLists
from aviation.common.errors import DomainError


@dataclass(frozen=True, slots=True)
class Card:
    """A number on the admin's first page, and the list it counts."""

    title: str
    count: int
    link: str
    is_worrying: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What a card counts: the rows that match all of ``lookups``, which the list understands."""

    title: str
    lookups: dict[str, Any] = field(default_factory=dict)
    is_worrying: bool = False

    @property
    def query(self) -> str:
        listed = {k: ",".join(v) if isinstance(v, list) else v for k, v in self.lookups.items()}
        return f"?{urlencode(listed)}" if listed else ""


def link(place: str, text: object) -> SafeString:
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', place, text
    )


def utc(moment: datetime | None) -> str | None:
    """A moment as the pages write it, below a heading that says UTC."""
    return None if moment is None else f"{moment:%-d %b %Y, %H:%M}"


def membership_of(request: HttpRequest) -> Membership:
    membership: Membership = request.membership  # type: ignore[attr-defined]
    return membership


class ByRole:
    """Django admin's questions, answered by accounts.roles for ``resource``."""

    resource: ClassVar[Resource]
    is_machine_owned: ClassVar[bool] = False
    """Made by the product: nobody adds, changes or deletes it here, whatever their role."""

    def may(self, request: HttpRequest, action: Action) -> bool:
        if self.is_machine_owned and action != Action.VIEW:
            return False
        return membership_of(request).may(action, self.resource)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Action.VIEW)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Action.ADD)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Action.CHANGE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Action.DELETE)


class WholeList(NarrowedList):
    """A list that nothing narrows is the whole: it needs no second count to say so."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class OrganizationModelAdmin(ByRole, AuditHistory, NarrowedLists, ModelAdmin):  # type: ignore[misc]
    """Declare ``resource``; ``place`` and ``icon`` for the sidebar; ``list_select_related``."""

    place: ClassVar[int] = 99
    icon: ClassVar[str] = "label"
    title: ClassVar[str] = ""
    counted: ClassVar[tuple[Counted, ...]] = ()
    list_per_page = 50
    list_max_show_all = 200
    list_select_related: Any = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site: Any = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """What the member may see, with what its name and its row need."""
        found = self.visible_to(membership_of(request)).select_related(*self.list_select_related)
        return found.order_by(*self.get_ordering(request) or self.opts.ordering)

    def visible_to(self, membership: Membership) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = self.model._default_manager.visible_to(membership)
        return found

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[WholeList]:
        return WholeList

    def known_lookups(self) -> frozenset[str]:
        return super().known_lookups().union(*(each.lookups for each in self.counted))

    def cards(self, request: HttpRequest) -> list[Card]:
        meta = self.opts
        place = reverse(f"fleet_admin:{meta.app_label}_{meta.model_name}_changelist")
        things = self.get_queryset(request)
        return [
            Card(
                each.title,
                count := things.filter(**each.lookups).count(),
                place + each.query,
                each.is_worrying and count > 0,
            )
            for each in self.counted
        ]

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = KnownChoice(db_field, self.admin_site)
        field: forms.ModelChoiceField[Any] | None = super().formfield_for_foreignkey(
            db_field, request, **kwargs
        )
        return field

    def get_field_queryset(
        self, db: str | None, db_field: Any, request: HttpRequest
    ) -> models.QuerySet[Any]:
        related = self.admin_site.get_model_admin(db_field.remote_field.model)
        found: models.QuerySet[Any] = related.get_queryset(request)
        return found

    def get_urls(self) -> list[URLPattern]:
        """With a history page for what the audit trail knows only."""
        urls: list[URLPattern] = super().get_urls()
        has_page = audited_name(self.model) is not None
        return [url for url in urls if has_page or not str(url.name).endswith("_history")]

    def log_addition(self, *args: Any) -> None:
        """The audit trail records it, in the organization; Django's log knows none."""

    def log_change(self, *args: Any) -> None:
        """See log_addition."""

    def log_deletions(self, *args: Any) -> None:
        """See log_addition."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self._told_of_refusal(super().changeform_view, request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self._told_of_refusal(super().delete_view, request, *args, **kwargs)

    def _told_of_refusal(
        self, view: Any, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """A service's refusal becomes a message on the page the person came from."""
        try:
            response: HttpResponseBase = view(request, *args, **kwargs)
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return response

    def act_on_each(
        self, request: HttpRequest, things: models.QuerySet[Any], act: Any, done: str
    ) -> None:
        """Call ``act(thing)`` for every chosen thing and tell what came of it."""
        succeeded = 0
        for thing in things:
            try:
                act(thing)
            except DomainError as error:
                self.message_user(request, f"{thing}: {error.message}", messages.ERROR)
            else:
                succeeded += 1
        if succeeded:
            self.message_user(request, done.format(count=succeeded), messages.SUCCESS)


class OrganizationInline(ByRole, TabularInline):  # type: ignore[misc]
    """Rows of another model below a page's own."""

    is_machine_owned = True
    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True
    view_on_site = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        manager: Any = self.model._default_manager
        found: models.QuerySet[Any] = manager.visible_to(membership_of(request))
        return found.order_by(*self.ordering or ())
