"""The audit trail in both admin sites: to look at and to search, by nobody to be changed."""

from __future__ import annotations

import ipaddress
import uuid
from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from accounts.admin import PlatformModelAdmin
from accounts.admin_site import fleet_admin, platform_admin
from accounts.audit_filters import ActionFilter, ActorFilter, TableFilter, TimeFilter
from accounts.audit_history import history_path
from accounts.audit_wording import changes_of, what, when, who
from accounts.model_admin import OrganizationModelAdmin, link, membership_of
from accounts.models import Membership, User
from accounts.roles import Resource
from aviation.audit.models import AuditEvent
from aviation.common.admin_lists import SEARCH_CHARACTERS
from aviation.tenants.models import Organization

MOST_COUNTED = 10_000
"""Events a list counts and pages through; older ones are reached by the filters."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts so far and no further: the trail may hold millions."""

    @cached_property
    def count(self) -> int:
        events: Any = self.object_list
        return int(events.order_by()[:MOST_COUNTED].count())


class EventAdmin:
    """What both sites show of an event."""

    place: ClassVar[int] = 90
    icon: ClassVar[str] = "policy"
    title: ClassVar[str] = "Audit trail"
    paginator = BoundedPaginator
    ordering = ("-at", "-id")
    list_display: tuple[str, ...] = ("moment", "actor", "act", "thing", "address", "reason")
    list_display_links = ("moment",)
    list_filter = (TimeFilter, ActionFilter, TableFilter, ActorFilter)
    search_help_text = "A person, an object's id, an address, a request's id or part of a reason."
    fields: tuple[str, ...] = (
        "moment",
        "actor",
        "act",
        "whole_id",
        "address",
        "request_id",
        "transaction_id",
        "reason",
        "changes",
    )
    readonly_fields = fields

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Something, so that the list has a search box; the search over everything has it not."""
        match = request.resolver_match
        return () if match is None or match.url_name == "search" else ("object_id",)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[AuditEvent], search_term: str
    ) -> tuple[models.QuerySet[AuditEvent], bool]:
        term = search_term[:SEARCH_CHARACTERS].replace("\x00", "").strip()
        found = queryset.filter(matching(term, self.people(request))) if term else queryset
        return found, False

    def people(self, request: HttpRequest) -> models.QuerySet[User]:
        """Whose names may be searched for."""
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="time (UTC)", ordering="at")
    def moment(self, event: AuditEvent) -> str:
        return when(event)

    @admin.display(description="by")
    def actor(self, event: Any) -> str:
        return who(event, event.actor_label)

    @admin.display(description="what")
    def act(self, event: AuditEvent) -> str:
        return what(event)

    @admin.display(description="object")
    def thing(self, event: AuditEvent) -> SafeString | str:
        """The first characters of its id; a link to its history where it has a page."""
        return self._to_history(event, event.object_id[:8])

    @admin.display(description="object")
    def whole_id(self, event: AuditEvent) -> SafeString | str:
        return self._to_history(event, event.object_id)

    def _to_history(self, event: AuditEvent, text: str) -> SafeString | str:
        path = history_path(self.admin_site, event)  # type: ignore[attr-defined]
        return link(path, text) if path else text

    @admin.display(description="before and after")
    def changes(self, event: AuditEvent) -> SafeString:
        return changes_of(event)


@admin.register(AuditEvent, site=fleet_admin)
class OrganizationEventAdmin(EventAdmin, OrganizationModelAdmin):
    """The organization's own events."""

    resource = Resource.AUDIT
    is_machine_owned = True

    def people(self, request: HttpRequest) -> models.QuerySet[User]:
        """Members only: nobody finds out here who else is on the installation."""
        return User.objects.filter(memberships__organization=membership_of(request).organization)

    def visible_to(self, membership: Membership) -> models.QuerySet[Any]:
        """With the member's name; who is no member goes without one."""
        members = Membership.objects.filter(
            organization=membership.organization, user_id=OuterRef("actor_id")
        )
        name = members.annotate(name=_name("user__")).values("name")[:1]
        own = AuditEvent.objects.of_organization(membership.organization.pk)
        return own.annotate(actor_label=Subquery(name))


@admin.register(AuditEvent, site=platform_admin)
class PlatformEventAdmin(EventAdmin, PlatformModelAdmin):
    """The events of all organizations, and those of none."""

    list_display = ("moment", "organization", *EventAdmin.list_display[1:])
    fields = ("moment", "organization", *EventAdmin.fields[1:])
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        person = User.objects.filter(pk=OuterRef("actor_id")).annotate(name=_name())
        organization = Organization.objects.filter(pk=OuterRef("org_id"))
        return AuditEvent.objects.annotate(
            actor_label=Subquery(person.values("name")[:1]),
            organization_slug=Subquery(organization.values("slug")[:1]),
        )

    def people(self, request: HttpRequest) -> models.QuerySet[User]:
        return User.objects.all()

    @admin.display
    def organization(self, event: Any) -> str | None:
        return event.organization_slug or (str(event.org_id) if event.org_id else None)


def matching(term: str, people: models.QuerySet[User]) -> Q:
    """An id or address as a whole; anything else as a part of a name, task, request or reason."""
    if (identity := _uuid(term)) is not None:
        return Q(object_id=str(identity)) | Q(actor_id=identity)
    if _is_address(term):
        return Q(address=term)
    named = people.filter(Q(full_name__icontains=term) | Q(email__icontains=term))
    return (
        Q(actor_id__in=named.values("pk"))
        | Q(actor_name__icontains=term)
        | Q(reason__icontains=term)
        | Q(request_id=term)
        | Q(object_id=term)
    )


def _name(path: str = "") -> Coalesce:
    """A person's name, or the address of one who gave none."""
    given = NullIf(f"{path}full_name", Value(""))
    return Coalesce(given, f"{path}email", output_field=models.TextField())


def _uuid(term: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(term)
    except ValueError:
        return None


def _is_address(term: str) -> bool:
    try:
        ipaddress.ip_address(term)
    except ValueError:
        return False
    return True
