"""The base of every API view that belongs to an organization."""

from __future__ import annotations

from typing import ClassVar

from rest_framework.views import APIView

from accounts.models import Membership
from accounts.roles import Action, Resource


class OrganizationAPIView(APIView):
    """An API view of an organization: declares its resource, acts for one membership."""

    resource: ClassVar[Resource]
    action_of_method: ClassVar[dict[str, Action]] = {}
    """Overrides per HTTP method where the usual action does not fit."""

    @property
    def membership(self) -> Membership:
        membership: Membership = self.request._request.membership  # type: ignore[attr-defined]
        return membership
