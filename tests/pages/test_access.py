"""Strangers get nothing: every route, read from the URL configuration."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from tests.conftest import Cast
from tests.routes import Route, routes

PUBLIC = {"sign-in/", "sign-out/", "password-reset/", "api/health", "api/v1/auth/"}
BY_LINK = {"verify-email/", "invitation/", "account/email/example/"}
"""For whoever holds the mailed link; one that is none shows no more than that."""
INSIDE = routes("config.urls_organization")
OUTSIDE = [r for r in routes("config.urls") if not r.path.startswith((*PUBLIC, *BY_LINK))]
PAGES_OF_A_MEMBER = (
    "",
    "flights/",
    "upload/",
    "aircraft/",
    "live/",
    "analytics/",
    "analytics/activity/",
    "analytics/utilisation/",
    "analytics/risk/",
    "analytics/maintenance/",
)


def without_token(content: bytes) -> bytes:
    """The CSRF token is masked anew for each page."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", content)


def by_path(route: Route) -> str:
    return route.path or "/"


@pytest.mark.parametrize("route", INSIDE, ids=by_path)
def test_anonymous_visitor_is_asked_to_sign_in(route: Route, alpha: Cast) -> None:
    response = Client().get(f"{alpha.home}{route.path}")
    if route.path.startswith("api/"):
        assert response.status_code == 401
    else:
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/sign-in/?next=")
    assert b"ALPHA-1" not in response.content


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("route", INSIDE, ids=by_path)
def test_outsider_cannot_tell_the_organization_exists(
    route: Route, method: str, alpha: Cast, outsider: Client
) -> None:
    there = getattr(outsider, method)(f"{alpha.home}{route.path}")
    nowhere = getattr(outsider, method)(f"/o/nosuch/{route.path}")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert without_token(there.content) == without_token(nowhere.content)


@pytest.mark.parametrize("route", OUTSIDE, ids=by_path)
def test_anonymous_visitor_gets_nothing_outside_organizations(route: Route, db: None) -> None:
    response = Client().get(f"/{route.path}")
    assert response.status_code in {301, 302, 401, 403}
    if response.status_code == 302:
        assert "sign-in" in response.headers["Location"] or "login" in response.headers["Location"]


@pytest.mark.parametrize("start", sorted(BY_LINK))
def test_broken_link_shows_nothing(start: str, db: None) -> None:
    (route,) = (r for r in routes("config.urls") if r.path.startswith(start))
    assert Client().get(f"/{route.path}").status_code in {404, 410}


@pytest.mark.parametrize("page", PAGES_OF_A_MEMBER)
def test_member_gets_the_page(page: str, alpha: Cast, manager: Client) -> None:
    assert manager.get(f"{alpha.home}{page}").status_code == 200


def test_viewer_cannot_upload(alpha: Cast, viewer: Client) -> None:
    assert viewer.get(f"{alpha.home}upload/").status_code == 403


def test_former_member_is_an_outsider(alpha: Cast, manager: Client) -> None:
    from django.utils import timezone

    from aviation.tenants.context import tenant_context

    with tenant_context(alpha.organization):
        Membership.objects.filter(pk=alpha.members[Role.MANAGER].pk).update(ended_at=timezone.now())
    assert manager.get(alpha.home).status_code == 404


def test_suspended_organization_lets_nobody_in(alpha: Cast, manager: Client) -> None:
    from aviation.tenants.services import suspend_organization

    suspend_organization(slug="alpha")
    assert manager.get(alpha.home).status_code == 404


def test_page_without_declared_permission_is_refused(
    alpha: Cast, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aviation.pages.views import dashboard

    monkeypatch.delattr(dashboard.dashboard, "required_permission")
    assert manager.get(alpha.home).status_code == 403
