"""Deny unless declared: every page of an organization says which permission it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase

from accounts.roles import Action, Resource

View = Callable[..., HttpResponseBase]
Permission = tuple[Action, Resource]

ATTRIBUTE = "required_permission"


def requires(action: Action, resource: Resource) -> Callable[[View], View]:
    """Declare what a member must be allowed in order to reach this view."""

    def declare(view: View) -> View:
        setattr(view, ATTRIBUTE, (action, resource))
        return view

    return declare


def declared_permission(view: Any) -> Permission | None:
    """The view's declaration; the admin site and API views answer for themselves."""
    return getattr(view, ATTRIBUTE, None)


def answers_for_itself(view: Any) -> bool:
    """API views (DeclaredPermission) and the admin site (has_permission) do their own refusing."""
    return any(hasattr(view, mark) for mark in ("cls", "admin_site", "model_admin"))
