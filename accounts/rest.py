"""Who calls the API, and what they may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import authentication, permissions

from accounts.callers import Caller, caller_of
from accounts.roles import Action, Resource

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from accounts.models import Membership

_ACTIONS = {
    "GET": Action.VIEW,
    "HEAD": Action.VIEW,
    "OPTIONS": Action.VIEW,
    "POST": Action.ADD,
    "PUT": Action.CHANGE,
    "PATCH": Action.CHANGE,
    "DELETE": Action.DELETE,
}


class CallerAuthentication(authentication.BaseAuthentication):
    """A key or access token, which the middleware has checked before the database was bound."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        caller = caller_of(request._request)
        return None if caller is None else (caller.membership.user, caller)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF check; answers 401, not 403, to strangers."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class DeclaredPermission(permissions.BasePermission):
    """Refuses views that declare no resource, and members whose role does not permit the act."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return is_declared_for(request._request, type(view))


def is_declared_for(request: HttpRequest, view: type[Any]) -> bool:
    """Whether the view declares a resource and the member's role permits the act on it."""
    membership: Membership | None = getattr(request, "membership", None)
    resource: Resource | None = getattr(view, "resource", None)
    if membership is None or resource is None:
        return False
    overrides: dict[str, Action] = getattr(view, "action_of_method", {})
    action = overrides.get(request.method or "", _ACTIONS.get(request.method or ""))
    return action is not None and membership.may(action, resource)
