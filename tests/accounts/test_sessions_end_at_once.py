"""A live session acts on no fact that is gone: on no route, from the next request on.

The routes come from the URL configuration, so a new one is tested the day it is added.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership, User, UserSession
from accounts.sessions.ending import end_everything
from accounts.sessions.store import digest_of
from aviation.audit.models import AuditEvent
from aviation.tenants.context import acting_as, platform_context
from aviation.tenants.models import Organization
from tests.accounts.browsers import is_signed_in, row_of
from tests.conftest import Cast
from tests.routes import routes

SignIn = Callable[[Membership], Client]
Answer = tuple[int, str]

INSIDE = [f"/o/alpha/{route.path}" for route in routes("config.urls_organization")]
API = [
    f"/{r.path}"
    for r in routes("config.urls")
    if r.path.startswith("api/v1/") and not r.path.startswith("api/v1/auth/")
]
"""Without the routes that ask for a password or a token of their own."""
OUTSIDE = [
    f"/{route.path}"
    for route in routes("config.urls")
    if not route.path.startswith(("api/v1/", "api/health"))
]


def answers(browser: Client, path: str) -> list[Answer]:
    """Status and target of looking and of acting."""
    asked = (browser.get(path), browser.post(path))
    return [(each.status_code, each.headers.get("Location", "")) for each in asked]


@cache
def strangers_answers(path: str) -> list[Answer]:
    """Of somebody who never signed in; nothing that the tests do to a member changes them."""
    return answers(Client(), path)


def is_refusal(answer: Answer) -> bool:
    status, target = answer
    return status in {401, 403, 404, 405} or (status == 302 and target.startswith("/sign-in/"))


def own_copy(member: Membership) -> User:
    """Not the cast's, which all tests share."""
    return User.objects.get(pk=member.user_id)


def shut_out(person: User, how: str) -> None:
    if how == "disabled":
        User.objects.filter(pk=person.pk).update(is_active=False)
    elif how == "password changed":
        person.set_password("another quiet runway")
        person.save(update_fields=["password"])
    elif how == "everything ended":
        end_everything(person, because="test")
    else:
        UserSession.objects.filter(user=person).delete()


@pytest.mark.parametrize(
    "how", ["disabled", "password changed", "everything ended", "session ended"]
)
def test_session_without_its_ground_is_a_strangers_on_every_route(
    how: str, alpha: Cast, sign_in: SignIn
) -> None:
    """A17: page, API and admin alike."""
    admin = alpha.members[Role.ADMIN]
    browser = sign_in(admin)
    assert browser.get(alpha.home).status_code == 200
    cookie, row = browser.cookies["sessionid"].value, row_of(browser)
    shut_out(own_copy(admin), how)
    is_row_left = UserSession.objects.filter(pk=row.pk).exists()
    for path in (*INSIDE, *API):
        browser.cookies["sessionid"] = cookie
        if is_row_left:
            row.save()  # the first refusal took it away
        given = answers(browser, path)
        assert given == strangers_answers(path), path
        assert all(map(is_refusal, given)), path


def test_session_without_its_ground_is_a_strangers_outside_organizations(
    alpha: Cast, sign_in: SignIn
) -> None:
    """A17: the person's own pages and the platform's."""
    admin = alpha.members[Role.ADMIN]
    browser = sign_in(admin)
    shut_out(own_copy(admin), "disabled")
    for path in OUTSIDE:
        got, strangers = browser.get(path), Client().get(path)
        assert (got.status_code, got.headers.get("Location")) == (
            strangers.status_code,
            strangers.headers.get("Location"),
        ), path


def test_ended_membership_opens_no_route(alpha: Cast, sign_in: SignIn) -> None:
    """A17: nor does the API of the organization opened last."""
    admin = alpha.members[Role.ADMIN]
    browser = sign_in(admin)
    assert browser.get(alpha.home).status_code == 200
    with platform_context():
        Membership.objects.filter(pk=admin.pk).update(ended_at=timezone.now())
    for path in (*INSIDE, *API):
        assert {status for status, _ in answers(browser, path)} <= {403, 404}, path


def test_suspended_organization_opens_no_route(alpha: Cast, sign_in: SignIn) -> None:
    browser = sign_in(alpha.members[Role.ADMIN])
    with platform_context():
        Organization.objects.filter(pk=alpha.organization.pk).update(
            status="suspended", suspended_at=timezone.now()
        )
    for path in INSIDE:
        assert {status for status, _ in answers(browser, path)} == {404}, path


def test_lowered_role_is_the_lower_role_on_every_route(
    alpha: Cast, sign_in: SignIn, viewer: Client
) -> None:
    """A17: what an administrator's session may do after the step down is what a viewer's may."""
    admin = alpha.members[Role.ADMIN]
    browser = sign_in(admin)
    assert browser.get(f"{alpha.home}admin/").status_code == 200
    with platform_context():
        Membership.objects.filter(pk=admin.pk).update(role=Role.READONLY)
    for path in (*INSIDE, *API):
        assert answers(browser, path) == answers(viewer, path), path


def test_raised_role_acts_at_once(alpha: Cast, viewer: Client) -> None:
    assert viewer.get(f"{alpha.home}admin/").status_code == 403
    with platform_context():
        Membership.objects.filter(pk=alpha.members[Role.READONLY].pk).update(role=Role.ADMIN)
    assert viewer.get(f"{alpha.home}admin/").status_code == 200


def test_ending_everything_keeps_the_one_session_asked_for(alpha: Cast, sign_in: SignIn) -> None:
    person = own_copy(alpha.members[Role.PILOT])
    kept, lost = sign_in(alpha.members[Role.PILOT]), sign_in(alpha.members[Role.PILOT])
    end_everything(person, because="test", keep_session=kept.cookies["sessionid"].value)
    assert not is_signed_in(lost)
    rows = UserSession.objects.filter(user=person).values_list("pk", flat=True)
    assert list(rows) == [digest_of(kept.cookies["sessionid"].value)]


def test_ending_everything_leaves_other_people_alone(alpha: Cast, sign_in: SignIn) -> None:
    other = sign_in(alpha.members[Role.USER])
    end_everything(own_copy(alpha.members[Role.PILOT]), because="test")
    assert is_signed_in(other)


def test_ending_everything_is_on_record(alpha: Cast) -> None:
    person = own_copy(alpha.members[Role.PILOT])
    epoch = person.credential_epoch
    with acting_as(person.pk):
        end_everything(person, because="password_changed")
    assert person.credential_epoch == epoch + 1
    with platform_context():
        event = AuditEvent.objects.filter(action="sessions.ended").latest("id")
    assert event.actor_id == person.pk
    assert event.object_id == str(person.pk)
    assert event.after == {"because": "password_changed"}
