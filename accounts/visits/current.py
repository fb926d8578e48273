"""The visit under way in a request, in the shape of the membership it stands in for."""

from __future__ import annotations

from typing import cast

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Membership, PlatformVisit, User
from aviation.common.errors import NotAllowed
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import platform_context


def is_platform_staff(user: object) -> bool:
    """Who runs the installation: those whom the platform's admin lets in."""
    return all(getattr(user, mark, False) for mark in ("is_active", "is_staff", "is_superuser"))


def visiting_membership(request: HttpRequest, slug: str) -> Membership | None:
    """An unsaved membership with the visit's role, while a visit to ``slug`` lasts.

    It has no id. Where a row must name a member, ``member_on_record`` refuses it.
    """
    if not is_platform_staff(request.user):
        return None
    with platform_context(), transaction.atomic():
        visit = (
            PlatformVisit.objects.filter(
                user=request.user.pk,
                organization__slug=slug,
                organization__status=OrganizationStatus.ACTIVE,
                left_at=None,
                ends_at__gt=timezone.now(),
            )
            .select_related("organization")
            .first()
        )
    return None if visit is None else _stand_in(request, visit)


def member_on_record(membership: Membership) -> Membership:
    """The membership, for a row that names it. Raises NotAllowed for visitors: they have none."""
    if membership.pk is None:
        raise NotAllowed("Visitors cannot do this: it needs a member.", code="visitors_cannot")
    return membership


def _stand_in(request: HttpRequest, visit: PlatformVisit) -> Membership:
    user = cast(User, request.user)
    member = Membership(id=None, organization=visit.organization, user=user, role=visit.role)
    member.visit = visit
    return member
