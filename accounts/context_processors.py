"""What every page knows: the organization, the person's other organizations, their permissions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.memberships import memberships_of
from accounts.models import Membership
from accounts.roles import Action, Resource


def organization(request: HttpRequest) -> dict[str, Any]:
    membership: Membership | None = getattr(request, "membership", None)
    return {
        "organization": getattr(request, "organization", None),
        "membership": membership,
        "memberships": SimpleLazyObject(lambda: memberships_of(request)),
        "may": _permissions(membership),
        "map_tile_url": settings.MAP_TILE_URL,
        "map_tile_attribution": settings.MAP_TILE_ATTRIBUTION,
    }


def _permissions(membership: Membership | None) -> dict[str, bool]:
    def may(action: Action, resource: Resource) -> bool:
        return membership is not None and membership.may(action, resource)

    return {
        "upload_log": may(Action.ADD, Resource.FLIGHT_LOG),
        "change_log": may(Action.CHANGE, Resource.FLIGHT_LOG),
        "see_analytics": may(Action.VIEW, Resource.ANALYTICS),
        "open_admin": may(Action.VIEW, Resource.ADMIN_SITE),
    }
