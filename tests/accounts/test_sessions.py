"""How long a session lasts, what it costs, and what ends it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership, User, UserSession
from accounts.sessions.lifetimes import lifetime_of
from accounts.upkeep import clear_sessions
from aviation.tenants.context import platform_context
from tests.accounts.browsers import age, is_signed_in, row_of
from tests.conftest import Cast
from tests.queries import queries

SignIn = Callable[[Membership], Client]
STRICT = (Role.ADMIN, Role.MANAGER)
BRIEFLY = timedelta(minutes=2)


def times(role: str) -> tuple[timedelta, timedelta]:
    idle, longest = configured.SESSION_LIFETIMES[role]
    return timedelta(seconds=idle), timedelta(seconds=longest)


def test_lifetimes_are_what_the_security_page_says() -> None:
    expected = dict.fromkeys((*STRICT, "platform"), (3600, 43200))
    others = {role: (86_400, 1_209_600) for role in Role.values if role not in STRICT}
    assert expected | others == configured.SESSION_LIFETIMES


@pytest.mark.parametrize("role", Role.values)
def test_session_holds_just_before_its_idle_time_is_up(
    role: str, alpha: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(alpha.members[role])
    age(browser, idle=times(role)[0] - BRIEFLY)
    assert browser.get(alpha.home).status_code == 200


@pytest.mark.parametrize("role", Role.values)
def test_idle_session_ends(role: str, alpha: Cast, sign_in: SignIn) -> None:
    browser = sign_in(alpha.members[role])
    age(browser, idle=times(role)[0] + BRIEFLY)
    answer = browser.get(f"{alpha.home}flights/?q=a")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/o/alpha/flights/%3Fq%3Da"
    assert not UserSession.objects.filter(user=alpha.members[role].user).exists()
    assert "your session has expired" in browser.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_session_ends_at_its_longest_however_busy_it_is(
    role: str, alpha: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(alpha.members[role])
    age(browser, since=times(role)[1] - BRIEFLY)
    assert browser.get(alpha.home).status_code == 200
    age(browser, since=times(role)[1] + BRIEFLY)
    assert browser.get(alpha.home).status_code == 302


def test_strictest_role_of_all_organizations_decides(alpha: Cast, bravo: Cast) -> None:
    pilot, manager = alpha.members[Role.PILOT], bravo.members[Role.MANAGER]
    assert lifetime_of(pilot.user, [pilot]).idle == times(Role.PILOT)[0]
    assert lifetime_of(pilot.user, [pilot, manager]).idle == times(Role.MANAGER)[0]


def test_platform_staff_without_a_role_have_the_short_times() -> None:
    assert lifetime_of(User(is_staff=True), []).longest == times("platform")[1]
    assert lifetime_of(User(), []).longest == times(Role.READONLY)[1]


def test_expired_session_is_a_problem_document_for_a_program(alpha: Cast, sign_in: SignIn) -> None:
    browser = sign_in(alpha.members[Role.ADMIN])
    age(browser, idle=timedelta(hours=2))
    answer = browser.get("/api/v1/flights/")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")


def test_expired_session_turns_a_fragment_into_a_whole_page(alpha: Cast, sign_in: SignIn) -> None:
    browser = sign_in(alpha.members[Role.ADMIN])
    age(browser, idle=timedelta(hours=2))
    answer = browser.get(alpha.home, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer["HX-Redirect"].startswith("/sign-in/?next=")


def test_expired_session_leads_from_the_sign_in_page_to_itself(
    alpha: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(alpha.members[Role.ADMIN])
    age(browser, idle=timedelta(hours=2))
    assert browser.get("/sign-in/", follow=True).status_code == 200


def test_session_is_noted_as_seen_once_a_minute(alpha: Cast, sign_in: SignIn) -> None:
    browser = sign_in(alpha.members[Role.PILOT])
    first = row_of(browser).last_seen_at
    browser.get(alpha.home)
    assert row_of(browser).last_seen_at == first
    age(browser, idle=timedelta(seconds=61))
    browser.get(alpha.home, REMOTE_ADDR="192.0.2.7")
    row = row_of(browser)
    assert row.last_seen_at > first
    assert row.last_address == "192.0.2.7"


def test_ordinary_page_asks_nothing_more_for_its_session(
    alpha: Cast, sign_in: SignIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session's row, the person and the memberships are read with or without the guard."""
    browser = sign_in(alpha.members[Role.PILOT])
    browser.get(alpha.home)
    with_guard = queries(browser, alpha.home)
    monkeypatch.setattr("accounts.middleware.check_session", lambda _: None)
    assert len(with_guard) == len(queries(browser, alpha.home))
    assert not [sql for sql in with_guard if sql.startswith("UPDATE")]


def test_page_of_a_role_with_a_second_step_asks_for_it_once_in_a_session(
    alpha: Cast, sign_in: SignIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECOND_STEP_REQUIRED = True
    monkeypatch.setattr("accounts.sessions.guard.has_second_step", lambda _: True)
    browser = sign_in(alpha.members[Role.ADMIN])
    browser.get(alpha.home)
    monkeypatch.setattr("accounts.sessions.guard.has_second_step", _fail)
    assert len(queries(browser, alpha.home)) > 0


def _fail(_: User) -> bool:
    raise AssertionError("asked again")


def test_second_step_that_is_due_comes_before_every_page(
    alpha: Cast, sign_in: SignIn, settings: Any
) -> None:
    settings.SECOND_STEP_REQUIRED = True
    browser = sign_in(alpha.members[Role.MANAGER])
    answer = browser.get(alpha.home)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/second-step")
    assert browser.get(answer["Location"]).status_code in {200, 302}
    assert browser.get(answer["Location"], follow=True).status_code == 200
    told = browser.get("/api/v1/flights/")
    assert (told.status_code, told.json()["code"]) == (403, "second_step_required")


@pytest.mark.parametrize("role", [Role.ANALYST, Role.PILOT, Role.USER, Role.READONLY])
def test_other_roles_need_no_second_step(
    role: str, alpha: Cast, sign_in: SignIn, settings: Any
) -> None:
    settings.SECOND_STEP_REQUIRED = True
    assert sign_in(alpha.members[role]).get(alpha.home).status_code == 200


def test_promotion_asks_for_a_second_step_at_once(
    alpha: Cast, sign_in: SignIn, settings: Any
) -> None:
    settings.SECOND_STEP_REQUIRED = True
    pilot = alpha.members[Role.PILOT]
    browser = sign_in(pilot)
    assert browser.get(alpha.home).status_code == 200
    with platform_context():
        Membership.objects.filter(pk=pilot.pk).update(role=Role.MANAGER)
    assert "/second-step" in browser.get(alpha.home)["Location"]


def test_leaving_is_possible_without_the_second_step(
    alpha: Cast, sign_in: SignIn, settings: Any
) -> None:
    settings.SECOND_STEP_REQUIRED = True
    browser = sign_in(alpha.members[Role.ADMIN])
    assert browser.post("/sign-out/")["Location"] == "/sign-in/"


def test_cookie_is_not_in_the_database(alpha: Cast, sign_in: SignIn) -> None:
    """A3: what the table holds signs nobody in."""
    browser = sign_in(alpha.members[Role.PILOT])
    thief = Client()
    thief.cookies["sessionid"] = row_of(browser).pk
    assert not is_signed_in(thief)


def test_signing_in_again_in_the_same_browser_keeps_what_is_known_of_it(
    alpha: Cast, sign_in: SignIn
) -> None:
    person = alpha.members[Role.PILOT].user
    browser = sign_in(alpha.members[Role.PILOT])
    UserSession.objects.update(device="Firefox on Linux", first_address="192.0.2.1")
    browser.force_login(person)
    row = row_of(browser)
    assert (row.device, row.first_address) == ("Firefox on Linux", "192.0.2.1")
    assert UserSession.objects.filter(user=person).count() == 1


def test_browser_that_another_person_uses_next_is_not_taken_for_the_first_ones(
    alpha: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(alpha.members[Role.PILOT])
    UserSession.objects.update(device="Firefox on Linux")
    browser.force_login(alpha.members[Role.USER].user)
    assert row_of(browser).device == ""


def test_upkeep_clears_ended_sessions_and_no_others(alpha: Cast, sign_in: SignIn) -> None:
    kept, idle, old, expired = (sign_in(alpha.members[Role.PILOT]) for _ in range(4))
    age(idle, idle=timedelta(hours=25))
    age(old, since=timedelta(days=15))
    row = row_of(expired)
    row.expire_date = timezone.now() - timedelta(seconds=1)
    row.save(update_fields=["expire_date"])
    assert clear_sessions() == 3
    assert row_of(kept)


def test_schedule_names_tasks_that_exist() -> None:
    from config.celery import app

    app.loader.import_default_modules()
    named = {str(each["task"]) for each in configured.CELERY_BEAT_SCHEDULE.values()}
    assert {name for name in named if re.match(r"accounts\.", name)} <= set(app.tasks)
