"""Where a request comes from: for the audit trail, for limits, and for an API key's networks."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from django.conf import settings
from django.http import HttpRequest

from aviation.tenants.context import Origin

FORWARDED_ADDRESSES = 20
"""How many addresses of X-Forwarded-For are looked at, from the nearest on."""
LONGEST_ADDRESS = 45
"""Characters of an IPv6 address with an IPv4 address at its end; nothing longer is one."""


def origin_of(request: HttpRequest) -> Origin:
    return Origin(client_address(request), getattr(request, "request_id", ""))


def client_address(request: HttpRequest) -> str:
    """The address of whoever asks; empty where there is none, as on a unix socket.

    X-Forwarded-For is read from its end, as far as trusted proxies wrote it: the first address
    that is no trusted proxy's is the client's, and what stands before it is hearsay.
    """
    nearest = _address(request.META.get("REMOTE_ADDR", ""))
    if not _is_trusted(nearest):
        return str(nearest or "")
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", FORWARDED_ADDRESSES)
    for hop in reversed(hops[-FORWARDED_ADDRESSES:]):
        address = _address(hop)
        if address is None:
            break
        nearest = address
        if not _is_trusted(address):
            break
    return str(nearest or "")


def network_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that one IPv6 line is given."""
    known = _address(address)
    if isinstance(known, IPv6Address):
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known or "")


def _is_trusted(address: IPv4Address | IPv6Address | None) -> bool:
    if address is None:
        return bool(settings.TRUST_UNIX_SOCKET)
    return any(address in network for network in settings.TRUSTED_PROXIES)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as one family writes it: an IPv4 address inside IPv6 is the IPv4 address."""
    bare = text.strip().partition("%")[0]
    return _parsed(bare) if len(bare) <= LONGEST_ADDRESS else None


@lru_cache(maxsize=4_096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
