"""Letting platform staff into an organization, and out again.

What must never happen: staff inside without a reason on record in the organization's own trail,
or a visit that lasts longer than it was let in for.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership, PlatformVisit, User
from accounts.visits.current import is_platform_staff
from aviation.audit.events import record_event
from aviation.common.errors import Conflict, NotAllowed, NotFound, Rejected
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization

VISIT_ROLES = {Role.READONLY: "Look only", Role.ADMIN: "Act as an administrator"}
SHORTEST_REASON = 10
VISIT_LASTS = timedelta(hours=1)


def begin_visit(
    *, user: User, slug: str, role: str, reason: str, at: datetime | None = None
) -> PlatformVisit:
    """Let ``user`` into the organization for an hour; a visit still open there ends.

    Raises NotAllowed, NotFound (closed or suspended, too), Conflict for its members, Rejected.
    """
    if not is_platform_staff(user):
        raise NotAllowed("Only platform staff can visit an organization.")
    if role not in VISIT_ROLES or len(reason.strip()) < SHORTEST_REASON:
        raise Rejected(f"Choose a role, and give a reason of {SHORTEST_REASON} characters or more.")
    moment = at or timezone.now()
    organization = _open_to_visits(user, slug)
    with tenant_context(organization), transaction.atomic():
        for before in _unfinished(user).filter(organization=organization):
            _finish(before, moment, "another visit")
        visit = PlatformVisit(
            organization=organization,
            user=user,
            role=role,
            reason=reason.strip(),
            ends_at=moment + VISIT_LASTS,
        )
        visit.full_clean(exclude=["organization", "user"])
        visit.save(force_insert=True)
        _record("visit.began", visit, role=visit.role, until=f"{visit.ends_at:%Y-%m-%d %H:%M} UTC")
    return visit


def leave_visits(*, user: User, slug: str = "", at: datetime | None = None) -> int:
    """End the person's visits, or the one to ``slug``; answers how many there were."""
    with platform_context(), transaction.atomic():
        found = _unfinished(user).select_related("organization")
        visits = list(found.filter(organization__slug=slug) if slug else found)
    return sum(_end(visit, at or timezone.now(), "left") for visit in visits)


def end_overdue_visits(*, at: datetime | None = None) -> int:
    """Write down the end of visits whose time is up: by then they let nobody in any more."""
    moment = at or timezone.now()
    with platform_context(), transaction.atomic():
        overdue = PlatformVisit.objects.filter(left_at=None, ends_at__lte=moment)
        visits = list(overdue.select_related("organization"))
    return sum(_end(visit, visit.ends_at, "its time was up") for visit in visits)


def _open_to_visits(user: User, slug: str) -> Organization:
    with platform_context(), transaction.atomic():
        active = Organization.objects.filter(slug=slug, status=OrganizationStatus.ACTIVE)
        organization = active.first()
        if organization is None:
            raise NotFound("There is no such organization, or it is not open.")
        is_member = Membership.objects.current().of_user(user.pk)
        if is_member.filter(organization=organization).exists():
            raise Conflict(f"You belong to {organization.name} and need no visit.")
        return organization


def _unfinished(user: User) -> models.QuerySet[PlatformVisit]:
    return PlatformVisit.objects.filter(user=user, left_at=None)


def _end(visit: PlatformVisit, at: datetime, because: str) -> bool:
    with tenant_context(visit.organization), transaction.atomic():
        return _finish(visit, at, because)


def _finish(visit: PlatformVisit, at: datetime, because: str) -> bool:
    """Of two that end it at once, one does."""
    mine = PlatformVisit.objects.filter(pk=visit.pk, left_at=None)
    if not mine.update(left_at=min(at, visit.ends_at)):
        return False
    _record("visit.ended", visit, because=because)
    return True


def _record(action: str, visit: PlatformVisit, **details: str) -> None:
    record_event(
        action,
        table_name="platform_visit",
        object_id=visit.pk,
        reason=visit.reason,
        details=details,
    )
