"""The organizations a signed-in person belongs to, asked for once in a request."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest

from accounts.models import Membership


def memberships_of(request: HttpRequest) -> list[Membership]:
    """Current memberships in active organizations, by the organization's name."""
    if not request.user.is_authenticated:
        return []
    found: list[Membership] | None = getattr(request, "_memberships", None)
    if found is None:
        found = _read(request)
        request._memberships = found  # type: ignore[attr-defined]
    return found


def _read(request: HttpRequest) -> list[Membership]:
    with transaction.atomic():
        return list(
            Membership.objects.current()
            .of_user(request.user.pk)  # type: ignore[arg-type]
            .filter(organization__status="active")
            .select_related("organization", "user")
            .order_by("organization__name")
        )
