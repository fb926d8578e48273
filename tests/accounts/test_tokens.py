"""Programs sign in, renew, call the API and sign out."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import RefreshToken, TokenFamily, User
from accounts.second_step import totp
from accounts.second_step.services import confirm_second_step
from accounts.tokens.families import families_of, remove_past_families, revoke_family
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from tests.accounts.tokens import (
    AIRCRAFT,
    REFRESH,
    REVOKE,
    TOKEN,
    call,
    events,
    post,
    program_of,
    sign_in_by_api,
)
from tests.conftest import PASSWORD, Cast


@pytest.fixture
def authenticator(alpha: Cast) -> bytes:
    """The secret of the app that Alpha's manager has set up."""
    secret = totp.new_secret()
    before = time.time() - 2 * totp.STEP_S
    user = User.objects.get(pk=alpha.members[Role.MANAGER].user_id)
    code = totp.code_of(secret, totp.step_at(before))
    confirm_second_step(user, secret, code, now=before)
    return secret


def refusal(response: Any) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json", response.content
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["code"]


def test_right_password_gives_tokens_that_work(alpha: Cast) -> None:
    response = sign_in_by_api(alpha.members[Role.PILOT])
    assert response.status_code == 200
    given = response.json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 600)
    assert given["refresh_expires_in"] == 14 * 24 * 3_600
    assert given["organization"] == {"code": "alpha", "name": "Alpha", "role": "pilot"}
    assert response.headers["Cache-Control"] == "no-store"
    answer = call("get", AIRCRAFT, given["access_token"])
    assert [each["registration"] for each in answer.json()["results"]] == ["ALPHA-1"]


def test_sign_in_is_an_event_of_the_organization_and_names_the_program(alpha: Cast) -> None:
    sign_in_by_api(alpha.members[Role.PILOT])
    (event,) = events("token.issued", org_id=alpha.organization.pk)
    assert event.actor_id == alpha.members[Role.PILOT].user_id
    assert event.after["device"] == "ground station"


@pytest.mark.parametrize(
    "changes",
    [{"password": "wrong"}, {"email": "nobody@example.org"}, {"password": "wrong", "code": "1"}],
)
def test_wrong_password_or_address_is_refused_alike(alpha: Cast, changes: dict[str, str]) -> None:
    response = sign_in_by_api(alpha.members[Role.PILOT], **changes)
    assert refusal(response) == (401, "sign_in_refused")


def test_other_organization_and_missing_one_are_refused_alike(alpha: Cast, bravo: Cast) -> None:
    answers = {
        sign_in_by_api(alpha.members[Role.PILOT], organization=slug).content
        for slug in ("bravo", "nowhere")
    }
    assert len(answers) == 1
    assert b"no_organization" in answers.pop()


def test_suspended_organization_gives_no_tokens(alpha: Cast) -> None:
    with platform_context():
        Organization.objects.filter(pk=alpha.organization.pk).update(
            status=OrganizationStatus.SUSPENDED
        )
    assert refusal(sign_in_by_api(alpha.members[Role.PILOT])) == (403, "no_organization")


@pytest.mark.parametrize("missing", ["email", "password", "organization"])
def test_missing_value_is_named(alpha: Cast, missing: str) -> None:
    response = sign_in_by_api(alpha.members[Role.PILOT], **{missing: ""})
    assert refusal(response) == (400, "invalid")
    assert set(response.json()["errors"]) == {missing}


def test_form_and_other_methods_are_refused(db: None) -> None:
    assert Client().post(TOKEN, {"email": "a"}).status_code == 415
    assert Client().get(TOKEN).status_code == 405


def test_many_wrong_passwords_are_answered_with_a_time_to_wait(alpha: Cast) -> None:
    for _ in range(5):
        sign_in_by_api(alpha.members[Role.PILOT], password="wrong")
    response = sign_in_by_api(alpha.members[Role.PILOT])
    assert refusal(response) == (429, "too_many_attempts")
    assert int(response.headers["Retry-After"]) > 0


def test_second_step_is_asked_for_after_the_right_password_only(
    alpha: Cast, authenticator: bytes
) -> None:
    manager = alpha.members[Role.MANAGER]
    assert refusal(sign_in_by_api(manager)) == (401, "second_step_needed")
    assert refusal(sign_in_by_api(manager, password="wrong")) == (401, "sign_in_refused")


def test_code_is_good_for_one_sign_in(alpha: Cast, authenticator: bytes) -> None:
    manager = alpha.members[Role.MANAGER]
    code = totp.code_of(authenticator, totp.step_at(time.time()))
    assert refusal(sign_in_by_api(manager, code="12345")) == (401, "second_step_refused")
    assert sign_in_by_api(manager, code=code).status_code == 200
    assert refusal(sign_in_by_api(manager, code=code)) == (401, "second_step_refused")


def test_role_that_needs_a_second_step_gets_no_token_without(alpha: Cast, settings: Any) -> None:
    settings.SECOND_STEP_REQUIRED = True
    response = sign_in_by_api(alpha.members[Role.MANAGER])
    assert refusal(response) == (403, "second_step_required")
    assert not TokenFamily.objects.filter(membership=alpha.members[Role.MANAGER]).exists()
    assert sign_in_by_api(alpha.members[Role.PILOT]).status_code == 200


def test_refresh_token_gives_new_tokens_once(alpha: Cast) -> None:
    first = sign_in_by_api(alpha.members[Role.PILOT]).json()
    second = post(REFRESH, {"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert call("get", AIRCRAFT, second.json()["access_token"]).status_code == 200
    again = post(REFRESH, {"refresh_token": first["refresh_token"]})
    assert refusal(again) == (401, "credential_refused")
    third = post(REFRESH, {"refresh_token": second.json()["refresh_token"]})
    assert third.status_code == 200


@pytest.mark.parametrize("token", ["dbr_" + "A" * 43, "dbr_", "x", "dbr_" + "é" * 43, "dbx_1_2"])
def test_unknown_refresh_token_is_refused(db: None, token: str) -> None:
    assert refusal(post(REFRESH, {"refresh_token": token})) == (401, "credential_refused")
    assert post(REVOKE, {"refresh_token": token}).status_code == 204


def test_idle_refresh_token_ends_after_two_weeks(alpha: Cast) -> None:
    program = program_of(alpha.members[Role.PILOT])
    pair, its_own = program.pair, RefreshToken.objects.filter(family=program.family)
    assert its_own.update(expires_at=timezone.now() - timedelta(seconds=1)) == 1
    assert post(REFRESH, {"refresh_token": pair.refresh_token}).status_code == 401


def test_no_renewal_outlasts_the_family(alpha: Cast) -> None:
    pair = program_of(alpha.members[Role.PILOT]).pair
    last_moment = timezone.now() + timedelta(days=1)
    TokenFamily.objects.update(expires_at=last_moment)
    renewed = post(REFRESH, {"refresh_token": pair.refresh_token}).json()
    assert renewed["refresh_expires_in"] <= 24 * 3_600
    TokenFamily.objects.update(expires_at=timezone.now())
    assert post(REFRESH, {"refresh_token": renewed["refresh_token"]}).status_code == 401


def test_signed_out_program_is_out_of_its_organization(alpha: Cast) -> None:
    program = program_of(alpha.members[Role.PILOT])
    assert post(REVOKE, {"refresh_token": program.pair.refresh_token}).status_code == 204
    assert refusal(program.get()) == (401, "credential_refused")
    assert post(REFRESH, {"refresh_token": program.pair.refresh_token}).status_code == 401
    (event,) = events("token.revoked", object_id=str(program.family.pk))
    assert (event.org_id, event.after["because"]) == (alpha.organization.pk, "by_program")


def test_no_view_of_tokens_runs_in_the_transaction_of_its_request() -> None:
    """What a refusal writes, such as an ended family, must stand."""
    from accounts.tokens.urls import urlpatterns

    assert [route.callback._non_atomic_requests for route in urlpatterns] == [{"default"}] * 3


def test_token_is_for_its_organization_only(alpha: Cast, bravo: Cast) -> None:
    program = program_of(alpha.members[Role.ADMIN])
    assert program.get(f"/o/alpha{AIRCRAFT}").status_code == 200
    assert refusal(program.get(f"/o/bravo{AIRCRAFT}"))[0] == 404
    assert (
        program.get(f"/o/nowhere{AIRCRAFT}").content == program.get(f"/o/bravo{AIRCRAFT}").content
    )
    assert program.get(f"{AIRCRAFT}{bravo.aircraft.pk}/").status_code == 404


def test_token_may_do_what_the_role_may(alpha: Cast) -> None:
    for role, status in ((Role.MANAGER, 201), (Role.READONLY, 403), (Role.PILOT, 403)):
        token = program_of(alpha.members[role]).pair.access_token
        made = call("post", AIRCRAFT, token, {"registration": f"G-{role.upper()}"})
        assert made.status_code == status


def test_token_opens_no_page_of_the_site(alpha: Cast) -> None:
    program = program_of(alpha.members[Role.ADMIN])
    assert program.get("/o/alpha/").status_code == 302
    assert program.get("/o/alpha/admin/").status_code == 302


def test_tokens_are_not_signed_for_inside_an_organization(alpha: Cast, manager: Client) -> None:
    body = {"refresh_token": program_of(alpha.members[Role.PILOT]).pair.refresh_token}
    response = manager.post(f"/o/alpha{REFRESH}", body, content_type="application/json")
    assert refusal(response)[0] == 404


def test_person_sees_live_families_only(alpha: Cast) -> None:
    pilot = alpha.members[Role.PILOT]
    for _ in range(4):
        program_of(pilot)
    live, revoked, idle, past = families_of(pilot.user_id)
    assert revoke_family(revoked, because="by_person")
    assert not revoke_family(revoked, because="by_person")
    now = timezone.now()
    TokenFamily.objects.filter(pk=idle.pk).update(last_used_at=now - timedelta(days=14))
    TokenFamily.objects.filter(pk=past.pk).update(expires_at=now)
    assert [family.pk for family in families_of(pilot.user_id)] == [live.pk]
    assert families_of(alpha.members[Role.ADMIN].user_id) == []
    assert live.membership.organization == alpha.organization


def test_families_that_ended_long_ago_are_removed(alpha: Cast) -> None:
    kept, past = (program_of(alpha.members[Role.PILOT]) for _ in range(2))
    family = past.family
    TokenFamily.objects.filter(pk=family.pk).update(revoked_at=timezone.now() - timedelta(days=31))
    assert remove_past_families(now=timezone.now()) >= 1
    its_own = TokenFamily.objects.filter(membership=alpha.members[Role.PILOT])
    assert [family.pk for family in its_own] == [kept.family.pk]


def test_device_is_a_short_printable_label(alpha: Cast) -> None:
    sign_in_by_api(alpha.members[Role.PILOT], device="lap\u202etop\n")
    (family,) = families_of(alpha.members[Role.PILOT].user_id)
    assert (family.device, family.first_address) == ("laptop", "127.0.0.1")


def test_password_is_nowhere_in_the_answer(alpha: Cast) -> None:
    assert PASSWORD not in sign_in_by_api(alpha.members[Role.PILOT]).content.decode()


def test_expired_access_token_beside_a_refresh_token_does_no_harm(alpha: Cast) -> None:
    """Programs send it with every request, renewals included."""
    refresh_token = program_of(alpha.members[Role.PILOT]).pair.refresh_token
    response = call("post", REFRESH, "an.expired.token", {"refresh_token": refresh_token})
    assert response.status_code == 200
