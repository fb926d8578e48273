"""The permissions as docs/roles.md shows them, written from the tables the code asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from accounts.choices import Role
from accounts.roles import (
    NEEDS_SECOND_STEP,
    PERMISSIONS,
    SEES_OWN_FLIGHTS_ONLY,
    Action,
    Resource,
)
from accounts.scopes import LEVELS, PEOPLE

_INTRODUCTION = """\
# Roles and scopes

<!-- Written by `python manage.py roles --markdown > docs/roles.md`; a test compares. -->

What a member may do in an organization is decided by the role of the membership, in pages, API \
and administration alike. A person may belong to several organizations with a different role in \
each. What a table does not name is refused.
"""
_SCOPES = """\
## Scopes of API keys and tokens

A scope narrows what a key or token may do; it never adds to the role of the member behind it. \
It is a level for everything (`read`), or for one resource (`telemetry:write`).
"""


def permissions_page() -> str:
    """The whole of docs/roles.md."""
    parts = [
        _INTRODUCTION,
        "## What each role may do\n",
        _table(["", *map(_role, Role)], ([_words(each), *_row(each)] for each in Resource)),
        _what_roles_add(),
        _SCOPES,
        _table(["level", "may"], ([f"`{level}`", _acts(acts)] for level, acts in LEVELS.items())),
        _what_scopes_leave_out(),
        f"Resources: {_codes(Resource)}.\n",
    ]
    return "\n".join(parts)


def _row(resource: Resource) -> list[str]:
    return [
        _acts(act for act in Action if role in PERMISSIONS.get((resource, act), frozenset()))
        for role in Role
    ]


def _what_roles_add() -> str:
    return (
        f"- See a flight only when they flew it or brought its log: "
        f"{_roles(SEES_OWN_FLIGHTS_ONLY)}. All others see every flight of the organization.\n"
        f"- Sign in with a second step, where the installation asks for one: "
        f"{_roles(NEEDS_SECOND_STEP)}.\n"
        "- Nobody gives a role that may do more than their own, and an organization always has "
        "an administrator.\n"
    )


def _what_scopes_leave_out() -> str:
    return (
        f"`read` and `write` for everything leave out {_codes(PEOPLE)}: these are opened by "
        "`admin`, or by a scope that names them.\n"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _acts(acts: Iterable[Action]) -> str:
    known = set(acts)
    return ", ".join(act for act in Action if act in known) or "–"


def _role(role: Role) -> str:
    return str(role.label)


def _roles(roles: Iterable[Role]) -> str:
    known = set(roles)
    return ", ".join(_role(role) for role in Role if role in known)


def _words(resource: Resource) -> str:
    return resource.replace("_", " ")


def _codes(resources: Iterable[Resource]) -> str:
    known = set(resources)
    return ", ".join(f"`{each}`" for each in Resource if each in known)
