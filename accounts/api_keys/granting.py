"""What a key may be given: scopes its owner can use, networks that are networks, an end to come."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from ipaddress import ip_network

from django.utils import timezone

from accounts.choices import Role
from accounts.models import ApiKey
from accounts.roles import Action, Resource, is_allowed
from accounts.scopes import all_scopes, permits
from aviation.common.errors import Rejected

MOST_NETWORKS = 50
LONGEST_NAME = int(ApiKey._meta.get_field("name").max_length or 0)


def usable_scopes(role: str) -> tuple[str, ...]:
    """The scopes that open something to ``role``, the general ones first."""
    return tuple(scope for scope in all_scopes() if _is_usable(role, scope))


def checked_name(name: str) -> str:
    """The name, trimmed. Raises Rejected."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Rejected(f"Give the key a name of 1 to {LONGEST_NAME} characters.")
    return name


def checked_scopes(scopes: Iterable[str], role: str) -> list[str]:
    """The scopes once each, in their usual order. Raises Rejected."""
    wanted = set(scopes)
    if not wanted:
        raise Rejected("Choose what the key may do.")
    known, usable = all_scopes(), usable_scopes(role)
    for scope in sorted(wanted):
        if scope not in known:
            raise Rejected(f"There is no scope {scope!r}.")
        if scope not in usable:
            label = Role(role).label.lower()
            raise Rejected(f"The scope {scope} opens nothing to the owner's role, {label}.")
    return [scope for scope in known if scope in wanted]


def checked_networks(networks: Collection[str]) -> list[str]:
    """Networks as they are usually written; one address is a network of its own."""
    if len(networks) > MOST_NETWORKS:
        raise Rejected(f"Name at most {MOST_NETWORKS} networks.")
    return list(dict.fromkeys(_network(each) for each in networks))


def checked_end(expires_at: datetime | None) -> datetime | None:
    if expires_at is not None and expires_at <= timezone.now():
        raise Rejected("The key would have expired already.")
    return expires_at


def checked_limit(per_minute: int | None) -> int | None:
    if per_minute is not None and not 1 <= per_minute <= 1_000_000:
        raise Rejected("The limit is 1 to 1,000,000 requests a minute.")
    return per_minute


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        raise Rejected(
            f"{text.strip()[:60]!r} is no network; write 192.0.2.0/24 or 2001:db8::/48."
        ) from None


def _is_usable(role: str, scope: str) -> bool:
    return any(
        is_allowed(role, action, resource) and permits((scope,), action, resource)
        for resource in Resource
        for action in Action
    )
