"""Everything under /o/<slug>/ runs for one organization, for its members only.

The prefix is cut off the path and set as the script prefix, so that the organization's routes,
the admin's included, are written without it and reversed with it. To somebody who is not a member
an existing, a missing and a suspended organization look the same.

The whole answer, template rendering included, is one transaction; a refusal or an error undoes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, set_script_prefix

from accounts.access import answers_for_itself, declared_permission
from accounts.callers import Caller, CredentialRefused
from accounts.credentials import identify
from accounts.limits.middleware import limited
from accounts.limits.policies import EndpointClass
from accounts.memberships import memberships_of
from accounts.models import Membership
from accounts.origins import origin_of
from accounts.security_events import note_refusal
from accounts.sessions.guard import check_session
from accounts.visits.current import visiting_membership
from aviation.common.problems import problem_json
from aviation.tenants.context import acting_as, coming_from, current_origin, tenant_context

_PATH = re.compile(r"\A/o/(?P<slug>[a-z0-9-]{1,40})(?P<rest>/.*)?\Z")
LAST_ORGANIZATION = "organization_slug"
API_PREFIX = "/api/v1/"
SIGN_IN_PREFIX = "/api/v1/auth/"
_API_PATH = re.compile(r"(?:/o/[^/]+)?/api/v1/")
HEALTH_PREFIX = "/api/health"


class OrganizationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.organization = None  # type: ignore[attr-defined]
        request.membership = None  # type: ignore[attr-defined]
        request.caller = None  # type: ignore[attr-defined]
        if request.path_info.startswith(HEALTH_PREFIX):
            # Who asks does not matter, and finding out needs the parts that may be away.
            return self.get_response(request)
        with coming_from(origin_of(request)):
            if _API_PATH.match(request.path_info) and not _is_open(request):
                try:
                    caller = identify(request)
                except CredentialRefused as error:
                    refused = error
                    return limited(request, EndpointClass.ANONYMOUS, lambda _: _refusal(refused))
                if caller is not None:
                    return self._program(request, caller)
            return self._person(request)

    def _program(self, request: HttpRequest, caller: Caller) -> HttpResponseBase:
        """A key or token says itself which organization it is for; the address may agree."""
        membership = caller.membership
        request.caller = caller  # type: ignore[attr-defined]
        request.user = membership.user
        origin = replace(current_origin(), work=caller.label)
        with acting_as(membership.user_id), coming_from(origin):
            match = _PATH.match(request.path_info)
            if match is None:
                return self._as_member(request, membership)
            if match["slug"] != membership.organization.slug:
                return self.get_response(request)
            return self._inside(request, membership, match["rest"] or "/")

    def _person(self, request: HttpRequest) -> HttpResponseBase:
        person_id = request.user.pk if request.user.is_authenticated else None
        with acting_as(person_id):
            if person_id is not None and (instead := check_session(request)):
                return instead
            if match := _PATH.match(request.path_info):
                return self._page(request, match["slug"], match["rest"])
            is_api = request.path_info.startswith(API_PREFIX)
            if is_api and person_id is not None and not _is_open(request):
                return self._api(request)
            return self.get_response(request)

    def _page(self, request: HttpRequest, slug: str, rest: str | None) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _ask_to_sign_in(request, rest or "/")
        if rest is None:
            return HttpResponseRedirect(f"/o/{slug}/")
        membership = find_membership(request, slug)
        if membership is None:
            # A path no route answers: the same 404 as everywhere else, by the same code.
            return self.get_response(request)
        if request.session.get(LAST_ORGANIZATION) != slug:
            request.session[LAST_ORGANIZATION] = slug
        return self._inside(request, membership, rest)

    def _inside(self, request: HttpRequest, membership: Membership, rest: str) -> HttpResponseBase:
        request.urlconf = settings.ORGANIZATION_URLCONF
        request.path_info = rest
        with _script_prefix(f"/o/{membership.organization.slug}/"):
            return self._as_member(request, membership)

    def _api(self, request: HttpRequest) -> HttpResponseBase:
        """A signed-in person's API call acts for the organization they opened last."""
        membership = choose_membership(request)
        if membership is None:
            return problem_json(403, "no_organization", "You belong to no organization.")
        return self._as_member(request, membership)

    def _as_member(self, request: HttpRequest, membership: Membership) -> HttpResponseBase:
        request.membership = membership  # type: ignore[attr-defined]
        request.organization = membership.organization  # type: ignore[attr-defined]
        with tenant_context(membership.organization):
            with transaction.atomic():
                response = self.get_response(request)
                if response.status_code >= 400:
                    transaction.set_rollback(True)
            if response.status_code == HTTPStatus.FORBIDDEN:
                note_refusal(request, membership)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        membership: Membership | None = request.membership  # type: ignore[attr-defined]
        if membership is None or answers_for_itself(view):
            return None
        permission = declared_permission(view)
        if permission is None or not membership.may(*permission):
            raise PermissionDenied
        return None


def find_membership(request: HttpRequest, slug: str) -> Membership | None:
    """The person's current membership in the active organization ``slug``, or their visit."""
    mine = (each for each in memberships_of(request) if each.organization.slug == slug)
    return next(mine, None) or visiting_membership(request, slug)


def choose_membership(request: HttpRequest) -> Membership | None:
    """The organization opened last in this session, else the first by name."""
    slug = request.session.get(LAST_ORGANIZATION)
    memberships = memberships_of(request)
    return next(
        (each for each in memberships if each.organization.slug == slug),
        memberships[0] if memberships else None,
    )


def _is_open(request: HttpRequest) -> bool:
    """Signing in by API is for whoever asks, whatever else they hold or present."""
    return request.path_info.startswith(SIGN_IN_PREFIX)


def _refusal(error: CredentialRefused) -> HttpResponseBase:
    response = problem_json(error.status, error.code, error.message)
    response.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


@contextmanager
def _script_prefix(prefix: str) -> Iterator[None]:
    before = get_script_prefix()
    set_script_prefix(prefix)
    try:
        yield
    finally:
        set_script_prefix(before)


def _ask_to_sign_in(request: HttpRequest, rest: str) -> HttpResponseBase:
    if rest.startswith("/api/"):
        return problem_json(401, "not_signed_in", "Sign in first.")
    return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
