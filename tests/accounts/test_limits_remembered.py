"""An organization's limit is looked up once a minute, and at once after a purge."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.test import RequestFactory

from accounts.choices import Role
from accounts.limits.buckets import buckets_of
from accounts.limits.policies import EndpointClass
from aviation.caching.making import memory
from aviation.caching.purging import purge_policy
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from tests.conftest import Cast


def size_of(cast: Cast, rf: RequestFactory) -> int:
    """The bucket of the organization as a request finds it, read anew."""
    with platform_context(), transaction.atomic():
        organization = Organization.objects.get(pk=cast.organization.pk)
    request: Any = rf.get("/api/v1/aircraft/")
    request.user = cast.members[Role.MANAGER].user
    request.organization = organization
    return next(
        each.size
        for each in buckets_of(request, EndpointClass.API_READ)
        if each.name == "organization"
    )


def test_limit_is_remembered_until_a_purge(
    fresh_organization: Cast, rf: RequestFactory, settings: Any
) -> None:
    settings.RATE_LIMIT_FACTOR = 1
    assert size_of(fresh_organization, rf) == 600
    with platform_context(), transaction.atomic():
        mine = Organization.objects.filter(pk=fresh_organization.organization.pk)
        mine.update(api_rate_limit_per_minute=7)
    assert size_of(fresh_organization, rf) == 600
    purge_policy(name="rate_limits")
    assert size_of(fresh_organization, rf) == 7
    memory.forget(lambda place: place[0] == "rate_limits")
