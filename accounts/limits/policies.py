"""Which limit a request falls under, by its method and path."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

from aviation.common.gcra.rules import Policy


class EndpointClass(StrEnum):
    SIGN_IN = "sign_in"
    API_READ = "api_read"
    API_WRITE = "api_write"
    TELEMETRY = "telemetry"
    UPLOAD = "upload"
    PAGE = "page"
    ANONYMOUS = "anonymous"


_UNCOUNTED = re.compile(r"/api/health(/|\Z)")
"""Asked by machines, and must answer when Redis does not."""
_PROOFS = re.compile(
    r"/(?:(?:sign-in|password-reset|invitation|account/confirm|admin/login)(?:/|\Z)"
    r"|api/v1/auth/token\Z)"
)
"""Where passwords and codes are tried; a refresh token cannot be guessed, so it is not one."""
_UPLOADS = re.compile(r"/(upload|api/v1/flight-logs)/?\Z")
_TELEMETRY = re.compile(r"/api/v1/(flights/[^/]+/)?(telemetry|overview)(/|\Z)")
_API = "/api/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def class_of(request: HttpRequest) -> EndpointClass | None:
    """The class, None for what is not counted. The path is without an organization's prefix."""
    path = request.path_info
    if _UNCOUNTED.match(path):
        return None
    is_read = request.method in SAFE
    if not is_read and _PROOFS.match(path):
        return EndpointClass.SIGN_IN
    if not request.user.is_authenticated:
        return EndpointClass.ANONYMOUS
    return class_of_member(path, is_read=is_read)


def class_of_member(path: str, *, is_read: bool) -> EndpointClass:
    """The class of what somebody known asks, for all but proofs of who one is."""
    if not is_read and _UPLOADS.match(path):
        return EndpointClass.UPLOAD
    if not path.startswith(_API):
        return EndpointClass.PAGE
    if _TELEMETRY.match(path):
        return EndpointClass.TELEMETRY
    return EndpointClass.API_READ if is_read else EndpointClass.API_WRITE


def policy_of(endpoint_class: EndpointClass) -> Policy:
    return _times(settings.RATE_LIMITS[endpoint_class], settings.RATE_LIMIT_FACTOR)


def own_policy(per_minute: int) -> Policy:
    """The limit an organization or a key was given: a minute's worth at once. The least is 1."""
    return _times(_own(per_minute), settings.RATE_LIMIT_FACTOR)


@lru_cache(maxsize=1_024)
def _own(per_minute: int) -> Policy:
    return Policy(max(per_minute, 1))


@lru_cache(maxsize=1_024)
def _times(policy: Policy, factor: int) -> Policy:
    return policy.times(factor)
