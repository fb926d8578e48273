"""What the middleware leaves on a request, typed."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from accounts.models import Membership, User
from aviation.tenants.models import Organization


class OrganizationRequest(HttpRequest):
    """A request inside an organization: signed in, member, organization bound."""

    organization: Organization
    membership: Membership
    user: User


def in_organization(request: HttpRequest) -> OrganizationRequest:
    """The same request, for views that only run inside an organization."""
    return cast(OrganizationRequest, request)
