"""Where a request comes from, for the audit trail."""

from __future__ import annotations

import ipaddress

from django.http import HttpRequest

from aviation.tenants.context import Origin


def origin_of(request: HttpRequest) -> Origin:
    return Origin(client_address(request), getattr(request, "request_id", ""))


def client_address(request: HttpRequest) -> str:
    """The address of whoever is connected; empty where there is none, as on a unix socket."""
    given = request.META.get("REMOTE_ADDR", "").partition("%")[0]
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        return ""
