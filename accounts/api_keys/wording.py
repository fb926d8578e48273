"""Scopes in words a fleet manager reads."""

from __future__ import annotations

from accounts.api_keys.granting import usable_scopes
from accounts.roles import Resource

GENERAL = {
    "read": "Read everything but people, keys and the audit trail",
    "write": "Read, add and change everything but people, keys and the audit trail",
    "admin": "Everything you may do yourself, deleting included",
}
LEVELS = {"read": "read", "write": "read, add and change", "admin": "read, change and delete"}
THINGS = {
    Resource.ORGANIZATION: "Organization",
    Resource.MEMBER: "Members",
    Resource.API_KEY: "API keys",
    Resource.AIRCRAFT: "Aircraft",
    Resource.FLIGHT: "Flights",
    Resource.FLIGHT_LOG: "Flight logs",
    Resource.TELEMETRY: "Telemetry",
    Resource.ANALYSIS: "Analyses and findings",
    Resource.ANALYTICS: "Fleet figures",
    Resource.ADMIN_SITE: "Admin pages",
    Resource.AUDIT: "Audit trail",
}

Choices = list[tuple[str, str]]


def in_words(scope: str) -> str:
    """Such as ``Telemetry: read, add and change``; an unknown scope as it is written."""
    thing, _, level = scope.rpartition(":")
    if not thing:
        return GENERAL.get(scope, scope)
    return f"{_name(thing)}: {LEVELS.get(level, level)}"


def scope_choices(role: str) -> list[tuple[str, Choices]]:
    """What a form offers, grouped: the general scopes, then each thing's own."""
    groups: dict[str, Choices] = {"For everything": []}
    for scope in usable_scopes(role):
        thing = scope.rpartition(":")[0]
        title = _name(thing) if thing else "For everything"
        groups.setdefault(title, []).append((scope, in_words(scope)))
    return [(title, choices) for title, choices in groups.items() if choices]


def _name(thing: str) -> str:
    return next(
        (name for resource, name in THINGS.items() if resource == thing),
        thing.replace("_", " ").capitalize(),
    )
