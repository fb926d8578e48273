"""Whose requests are counted together.

A program is counted by its key or token family, a person by name, a stranger by address; what
an organization's programs and people ask of the API is counted for it as a whole besides.
"""

from __future__ import annotations

from django.http import HttpRequest

from accounts.callers import Caller, caller_of
from accounts.limits.policies import EndpointClass, own_policy, policy_of
from accounts.origins import client_address, network_of
from aviation.caching.reading import cached_for
from aviation.common.gcra.rules import Bucket, Policy
from aviation.tenants.models import Organization

OF_ORGANIZATION = frozenset(
    {
        EndpointClass.API_READ,
        EndpointClass.API_WRITE,
        EndpointClass.TELEMETRY,
        EndpointClass.UPLOAD,
    }
)

BY_ADDRESS = frozenset({EndpointClass.SIGN_IN, EndpointClass.ANONYMOUS})


def buckets_of(request: HttpRequest, endpoint_class: EndpointClass) -> list[Bucket]:
    """The buckets the request spends from, the narrowest first."""
    found = [_bucket_of_caller(request, endpoint_class)]
    organization: Organization | None = getattr(request, "organization", None)
    if organization is not None and _counts_for_organization(request, endpoint_class):
        policy = own_policy(_limit_of(organization))
        found.append(_bucket("organization", f"organization:{organization.id}", policy))
    return found


def _limit_of(organization: Organization) -> int:
    """Calls a minute, as they stood within the last minute; a purge tells a change at once."""
    return cached_for(
        organization.pk, "rate_limits", "calls", lambda: organization.api_rate_limit_per_minute
    )


def _counts_for_organization(request: HttpRequest, endpoint_class: EndpointClass) -> bool:
    return caller_of(request) is not None or endpoint_class in OF_ORGANIZATION


def _bucket_of_caller(request: HttpRequest, endpoint_class: EndpointClass) -> Bucket:
    policy = policy_of(endpoint_class)
    caller = caller_of(request)
    if endpoint_class in BY_ADDRESS:
        who = f"address:{network_of(client_address(request))}"
    elif caller is not None:
        return _bucket_of_program(caller, endpoint_class, policy)
    else:
        who = f"person:{request.user.pk}"
    return _bucket(endpoint_class, f"{endpoint_class}:{who}", policy)


def _bucket_of_program(caller: Caller, endpoint_class: EndpointClass, policy: Policy) -> Bucket:
    """A limit of the program's own takes the place of those by class."""
    who = f"{caller.kind}:{caller.credential_id}"
    if caller.rate_limit_per_minute is None:
        return _bucket(endpoint_class, f"{endpoint_class}:{who}", policy)
    return _bucket(caller.kind, who, own_policy(caller.rate_limit_per_minute))


def _bucket(name: str, key: str, policy: Policy) -> Bucket:
    return Bucket(str(name), key, policy.size, policy.refill_us)
