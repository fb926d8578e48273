"""What each role may do: the one table that pages, API and admin all ask.

Read a row as: on this resource, these roles may do this. What is not written here is refused.
"""

from __future__ import annotations

from enum import StrEnum

from accounts.choices import Role


class Resource(StrEnum):
    ORGANIZATION = "organization"
    MEMBER = "member"
    API_KEY = "api_key"
    AIRCRAFT = "aircraft"
    FLIGHT = "flight"
    FLIGHT_LOG = "flight_log"
    TELEMETRY = "telemetry"
    ANALYSIS = "analysis"
    ANALYTICS = "analytics"
    ADMIN_SITE = "admin_site"
    AUDIT = "audit"


class Action(StrEnum):
    VIEW = "view"
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"


EVERYBODY = frozenset(Role)
MANAGERS = frozenset({Role.ADMIN, Role.MANAGER})
ADMINS = frozenset({Role.ADMIN})
FLYING = MANAGERS | {Role.PILOT, Role.USER}
ANALYSING = MANAGERS | {Role.ANALYST}
SEES_OWN_FLIGHTS_ONLY = frozenset({Role.PILOT})
"""Roles that see a flight only when they flew it or brought its log."""
SEEING_ALL = EVERYBODY - SEES_OWN_FLIGHTS_ONLY

PERMISSIONS: dict[tuple[Resource, Action], frozenset[Role]] = {
    (Resource.ORGANIZATION, Action.VIEW): EVERYBODY,
    (Resource.ORGANIZATION, Action.CHANGE): ADMINS,
    (Resource.MEMBER, Action.VIEW): MANAGERS,
    (Resource.MEMBER, Action.ADD): ADMINS,
    (Resource.MEMBER, Action.CHANGE): ADMINS,
    (Resource.API_KEY, Action.VIEW): MANAGERS,
    (Resource.API_KEY, Action.ADD): MANAGERS,
    (Resource.API_KEY, Action.CHANGE): MANAGERS,
    (Resource.API_KEY, Action.DELETE): MANAGERS,
    (Resource.AIRCRAFT, Action.VIEW): EVERYBODY,
    (Resource.AIRCRAFT, Action.ADD): MANAGERS,
    (Resource.AIRCRAFT, Action.CHANGE): MANAGERS,
    (Resource.AIRCRAFT, Action.DELETE): ADMINS,
    (Resource.FLIGHT, Action.VIEW): EVERYBODY,
    (Resource.FLIGHT, Action.ADD): FLYING,
    (Resource.FLIGHT, Action.CHANGE): FLYING,
    (Resource.FLIGHT, Action.DELETE): MANAGERS,
    (Resource.FLIGHT_LOG, Action.VIEW): EVERYBODY,
    (Resource.FLIGHT_LOG, Action.ADD): FLYING | {Role.ANALYST},
    (Resource.FLIGHT_LOG, Action.CHANGE): FLYING | {Role.ANALYST},
    (Resource.FLIGHT_LOG, Action.DELETE): MANAGERS,
    (Resource.TELEMETRY, Action.VIEW): EVERYBODY,
    (Resource.TELEMETRY, Action.ADD): FLYING,
    (Resource.ANALYSIS, Action.VIEW): EVERYBODY,
    (Resource.ANALYSIS, Action.ADD): ANALYSING,
    # Figures over all flights: not for those who see only their own.
    (Resource.ANALYTICS, Action.VIEW): SEEING_ALL,
    (Resource.ANALYTICS, Action.CHANGE): MANAGERS,
    (Resource.ADMIN_SITE, Action.VIEW): ANALYSING,
    (Resource.AUDIT, Action.VIEW): MANAGERS,
}

NEEDS_SECOND_STEP = frozenset({Role.ADMIN, Role.MANAGER})
"""Roles that must sign in with a second step where settings.SECOND_STEP_REQUIRED is on."""


def is_allowed(role: str, action: Action, resource: Resource) -> bool:
    """Whether ``role`` may do ``action`` on ``resource``; unknown roles may nothing."""
    return role in PERMISSIONS.get((resource, action), frozenset())
