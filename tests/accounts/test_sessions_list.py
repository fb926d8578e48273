"""The list of signed-in devices, and proving again who one is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership, TokenFamily, UserSession
from accounts.tokens.families import begin_family
from aviation.audit.models import AuditEvent
from aviation.tenants.context import platform_context
from tests.accounts.browsers import age, is_signed_in, prove, row_of
from tests.accounts.second_steps import set_up_app
from tests.conftest import PASSWORD, Cast

SignIn = Callable[[Membership], Client]
CONFIRM = "/account/confirm/"
DEVICES = "/account/devices/"
END_OTHERS = "/account/devices/end-others/"


@pytest.fixture
def member(alpha: Cast) -> Membership:
    """The pilot, as no other test changes them."""
    with platform_context():
        return Membership.objects.select_related("user", "organization").get(
            pk=alpha.members[Role.PILOT].pk
        )


@pytest.fixture
def here(member: Membership, sign_in: SignIn) -> Client:
    browser = sign_in(member)
    UserSession.objects.filter(pk=row_of(browser).pk).update(
        device="Firefox on Linux", last_address="192.0.2.1"
    )
    return browser


@pytest.fixture
def there(member: Membership, sign_in: SignIn) -> Client:
    browser = sign_in(member)
    UserSession.objects.filter(pk=row_of(browser).pk).update(
        device="Safari on iPhone", last_address="198.51.100.2"
    )
    return browser


@pytest.fixture
def program(member: Membership) -> TokenFamily:
    return begin_family(member, device="backup-job", address="203.0.113.9", now=timezone.now())


def test_list_names_browsers_programs_and_this_one(
    here: Client, there: Client, program: TokenFamily
) -> None:
    page = here.get(DEVICES).content.decode()
    for text in ("Firefox on Linux", "192.0.2.1", "Safari on iPhone", "198.51.100.2"):
        assert text in page
    assert "backup-job" in page
    assert page.count("This one") == 1
    assert page.index("Firefox on Linux") < page.index("This one") < page.index("Safari")


def test_list_shows_no_other_persons_devices(here: Client, alpha: Cast, sign_in: SignIn) -> None:
    sign_in(alpha.members[Role.USER])
    UserSession.objects.filter(user=alpha.members[Role.USER].user).update(device="Secret browser")
    assert "Secret browser" not in here.get(DEVICES).content.decode()


def test_list_leaves_out_what_has_expired(here: Client, there: Client, member: Membership) -> None:
    age(there, idle=timedelta(days=2))
    assert "Safari" not in here.get(DEVICES).content.decode()


def test_strangers_are_asked_to_sign_in(db: None) -> None:
    assert Client().get(DEVICES)["Location"] == f"/sign-in/?next={DEVICES}"


def test_one_browser_can_be_signed_out(here: Client, there: Client) -> None:
    here.post(f"{DEVICES}browsers/{row_of(there).public_id}/end/")
    assert not is_signed_in(there)
    assert is_signed_in(here)
    with platform_context():
        assert AuditEvent.objects.filter(action="session.ended").exists()


def test_one_program_can_be_signed_out(here: Client, program: TokenFamily) -> None:
    here.post(f"{DEVICES}programs/{program.pk}/end/")
    program.refresh_from_db()
    assert program.revoked_at is not None


def test_nobody_signs_out_another_person(
    there: Client, program: TokenFamily, alpha: Cast, sign_in: SignIn
) -> None:
    other = sign_in(alpha.members[Role.ADMIN])
    other.post(f"{DEVICES}browsers/{row_of(there).public_id}/end/")
    other.post(f"{DEVICES}programs/{program.pk}/end/")
    program.refresh_from_db()
    assert program.revoked_at is None
    assert is_signed_in(there)


def test_all_others_can_be_signed_out_after_a_proof(
    here: Client, there: Client, program: TokenFamily
) -> None:
    prove(here)
    assert here.post(END_OTHERS)["Location"] == DEVICES
    assert is_signed_in(here)
    assert not is_signed_in(there)
    program.refresh_from_db()
    assert program.revoked_at is not None
    assert "Firefox on Linux" in here.get(DEVICES).content.decode()


def test_all_others_stay_without_a_proof(here: Client, there: Client) -> None:
    answer = here.post(END_OTHERS, headers={"referer": f"http://testserver{DEVICES}"})
    assert answer["Location"] == f"{CONFIRM}?next=%2Faccount%2Fdevices%2F"
    assert is_signed_in(there)


@pytest.mark.parametrize("path", [END_OTHERS, f"{DEVICES}browsers/{timezone.now():%Y}/end/"])
def test_nothing_ends_by_a_link(path: str, here: Client) -> None:
    assert here.get(path).status_code in {404, 405}


def test_right_password_is_a_proof(here: Client) -> None:
    here.get(CONFIRM)
    answer = here.post(CONFIRM, {"password": PASSWORD, "next": DEVICES})
    assert answer["Location"] == DEVICES
    assert here.get(f"{CONFIRM}?next={DEVICES}")["Location"] == DEVICES


def test_wrong_password_is_none(here: Client, there: Client) -> None:
    answer = here.post(CONFIRM, {"password": "wrong", "next": DEVICES})
    assert answer.status_code == 422
    assert "This is not your password" in answer.content.decode()
    here.post(END_OTHERS)
    assert is_signed_in(there)


def test_proof_is_old_after_ten_minutes(here: Client, there: Client) -> None:
    prove(here, ago_s=601)
    here.post(END_OTHERS)
    assert is_signed_in(there)
    prove(here, ago_s=590)
    here.post(END_OTHERS)
    assert not is_signed_in(there)


def test_guesses_at_the_proof_are_limited(here: Client) -> None:
    statuses = [here.post(CONFIRM, {"password": f"guess {n}"}).status_code for n in range(7)]
    assert statuses[-1] == 429
    assert here.post(CONFIRM, {"password": PASSWORD}).status_code == 429


def test_proof_asks_for_the_second_step_too(here: Client, member: Membership) -> None:
    """A20: a password alone proves nothing where more is set up."""
    app = set_up_app(member.user)
    browser = Client()
    browser.force_login(member.user)
    assert "authenticator app" in browser.get(CONFIRM).content.decode()
    alone = browser.post(CONFIRM, {"password": PASSWORD, "next": DEVICES})
    wrong = browser.post(CONFIRM, {"password": PASSWORD, "code": app.wrong_code(), "next": DEVICES})
    assert (alone.status_code, wrong.status_code) == (422, 422)
    right = browser.post(CONFIRM, {"password": PASSWORD, "code": app.code(), "next": DEVICES})
    assert right["Location"] == DEVICES


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example.org/", "//evil.example.org", "javascript:alert(1)"]
)
def test_way_on_leads_nowhere_else(elsewhere: str, here: Client) -> None:
    prove(here)
    assert here.get(CONFIRM, {"next": elsewhere})["Location"] == "/"
    answer = here.post(CONFIRM, {"password": PASSWORD, "next": elsewhere})
    assert answer["Location"] == "/"


def test_way_back_is_no_other_sites_page(here: Client) -> None:
    answer = here.post(END_OTHERS, headers={"referer": "https://evil.example.org/trap"})
    assert answer["Location"] == f"{CONFIRM}?next=%2F"


@pytest.mark.parametrize(
    "path",
    ["/", "/o/alpha/", "/o/alpha/admin/", "/o/alpha/nowhere/", "/api/v1/flights/", DEVICES],
)
def test_signed_in_answers_are_kept_by_no_cache(path: str, manager: Client) -> None:
    answer = manager.get(path)
    headers = answer.headers
    kept = {each.strip() for each in headers["Cache-Control"].split(",")}
    assert {"private", "no-store"} <= kept
    assert "camera=()" in headers["Permissions-Policy"]
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_static_files_may_be_kept(client: Client) -> None:
    answer: Any = client.get("/static/dbx/css/app.css")
    answer.close()
    assert answer.status_code == 200
    assert "no-store" not in answer.headers.get("Cache-Control", "")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
