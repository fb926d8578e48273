"""Who a program is, found out and named on its request before OrganizationMiddleware does so.

What must never happen: a request that goes on as somebody OrganizationMiddleware would not take it
for. It names the caller anew, by the same finding; whatever is in doubt here is left to it.
"""

from __future__ import annotations

import re

from django.http import HttpRequest

from accounts.callers import Caller, CredentialRefused
from accounts.credentials import identify
from accounts.origins import origin_of
from aviation.tenants.context import coming_from

PROGRAM_PATH = re.compile(r"(?:/o/(?P<slug>[a-z0-9-]{1,40}))?(?P<rest>/api/v1/.+)")
"""The path of a call, ``rest`` without the organization's prefix."""


def name_program(request: HttpRequest, slug: str | None) -> Caller | None:
    """The caller, now on the request with its organization.

    None where there is none, where its key or token is refused, and where its organization is
    another than that of ``slug``, which stood in the path.
    """
    with coming_from(origin_of(request)):
        try:
            caller = identify(request)
        except CredentialRefused:
            return None
    if caller is None or not _is_for(caller, slug):
        return None
    _name(request, caller)
    return caller


def _name(request: HttpRequest, caller: Caller) -> None:
    """What OrganizationMiddleware will say, too; the limits and the permission ask for it."""
    request.caller = caller  # type: ignore[attr-defined]
    request.user = caller.membership.user
    request.membership = caller.membership  # type: ignore[attr-defined]
    request.organization = caller.membership.organization  # type: ignore[attr-defined]


def _is_for(caller: Caller, slug: str | None) -> bool:
    """An organization's own address is for its own keys and tokens."""
    return slug is None or slug == caller.membership.organization.slug
