"""Host names of organizations' own, which lead to their pages.

The operator adds them by command, after making sure that the name belongs to the organization:
nothing here can tell.
"""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.http.request import validate_host

from aviation.common.errors import Conflict, NotFound
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import acting_as, platform_context
from aviation.tenants.models import Domain
from aviation.tenants.services import lock_organization


@transaction.atomic
def add_domain(*, slug: str, host: str, actor_id: uuid.UUID | None = None) -> Domain:
    """Let the host lead to the organization's pages.

    Raises NotFound, ValidationError for a bad or taken name, Conflict for one of our own.
    """
    with platform_context(), acting_as(actor_id):
        organization = lock_organization(
            slug, {OrganizationStatus.ACTIVE, OrganizationStatus.SUSPENDED}
        )
        name = host.strip().rstrip(".").lower()
        ours = [*settings.ALLOWED_HOSTS, urlsplit(settings.BASE_URL).hostname or ""]
        if validate_host(name, ours):
            raise Conflict(f"{name} is this installation's own host name.")
        domain = Domain(organization=organization, host=name)
        domain.full_clean(exclude=["organization"])
        domain.save(force_insert=True)
        return domain


@transaction.atomic
def remove_domain(*, slug: str, host: str, actor_id: uuid.UUID | None = None) -> None:
    """Let the host lead nowhere. Raises NotFound."""
    with platform_context(), acting_as(actor_id):
        gone, _ = Domain.objects.filter(organization__slug=slug, host=host.lower()).delete()
        if not gone:
            raise NotFound(f"{host} is not a host name of {slug!r}.")


def slug_of_host(host: str) -> str | None:
    """The code of the active organization whose own host name this is."""
    with platform_context(), transaction.atomic():
        domains = Domain.objects.filter(
            host=host.lower(), organization__status=OrganizationStatus.ACTIVE
        )
        return domains.values_list("organization__slug", flat=True).first()
