"""What an API key or token may be narrowed to.

A scope names actions and, after a colon, one resource: ``write`` is for all resources,
``telemetry:write`` for one. Scopes only narrow: the owner's role must permit the act as well.
"""

from __future__ import annotations

from collections.abc import Collection

from accounts.roles import Action, Resource

_READ = frozenset({Action.VIEW})
_WRITE = frozenset({Action.VIEW, Action.ADD, Action.CHANGE})
_ADMIN = frozenset(Action)
LEVELS: dict[str, frozenset[Action]] = {"read": _READ, "write": _WRITE, "admin": _ADMIN}
"""Each level holds the one before it. ``admin`` alone may delete."""

PEOPLE = frozenset(
    {Resource.ORGANIZATION, Resource.MEMBER, Resource.API_KEY, Resource.AUDIT, Resource.ADMIN_SITE}
)
"""Out of reach of ``read`` and ``write``: only ``admin`` or the resource by name opens them."""


def all_scopes() -> tuple[str, ...]:
    """Every scope there is, the general ones first."""
    narrow = (f"{resource}:{level}" for resource in Resource for level in LEVELS)
    return (*LEVELS, *narrow)


def permits(scopes: Collection[str], action: Action, resource: Resource) -> bool:
    """Whether one of ``scopes`` opens ``action`` on ``resource``; unknown scopes open nothing."""
    return any(_opens(scope, action, resource) for scope in scopes)


def _opens(scope: str, action: Action, resource: Resource) -> bool:
    named, _, level = scope.rpartition(":")
    if named:
        return named == resource and action in LEVELS.get(level, ())
    if resource in PEOPLE and level != "admin":
        return False
    return action in LEVELS.get(level, ())
