"""The pages of API keys, the fleet admin's among them, and the command."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.api_keys.authentication import find_key_caller
from accounts.api_keys.services import revoke_api_key
from accounts.choices import Role
from accounts.models import ApiKey, Membership
from accounts.sessions.recent import PROVED_AT
from tests.accounts.keys import made
from tests.conftest import Cast
from tests.queries import queries

KEYS = "/o/alpha/keys/"
ADMIN_KEYS = "/o/alpha/admin/accounts/apikey/"
WISHES = {"name": "Uplink", "scopes": ["telemetry:write"], "lifetime": "90", "networks": ""}
KEY_TEXT = re.compile(r"dbx_[0-9A-Za-z]{12}_[0-9A-Za-z]{46}")


def _prove(client: Client) -> Client:
    session = client.session
    session[PROVED_AT] = int(time.time())
    session.save()
    return client


@pytest.fixture
def proven(manager: Client) -> Client:
    """The manager's browser, whose password was asked for a moment ago."""
    return _prove(manager)


def _shown(content: bytes) -> str:
    texts: set[str] = set(KEY_TEXT.findall(content.decode()))
    assert len(texts) == 1
    return texts.pop()


def test_manager_makes_a_key_that_works_and_is_shown_once(in_alpha: Cast, proven: Client) -> None:
    answer = proven.post(f"{KEYS}new/", WISHES | {"networks": "192.0.2.0/24\n2001:db8::/48"})
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    assert find_key_caller(_shown(answer.content), address="192.0.2.7")
    key = ApiKey.objects.get(name="Uplink")
    assert key.networks == ["192.0.2.0/24", "2001:db8::/48"]
    for page in (KEYS, f"{KEYS}{key.pk}/"):
        content = proven.get(page).content.decode()
        assert "Uplink" in content
        assert not KEY_TEXT.search(content)


def test_live_keys_stand_before_revoked_ones(in_alpha: Cast, manager: Client) -> None:
    made(in_alpha, Role.MANAGER, "read", name="Lives on")
    ended, _ = made(in_alpha, Role.MANAGER, "read", name="Was revoked")
    revoke_api_key(key=ended, actor=None)
    content = manager.get(KEYS).content.decode()
    assert content.index("Lives on") < content.index("Was revoked")


def test_key_without_an_end_can_be_made(in_alpha: Cast, proven: Client) -> None:
    proven.post(f"{KEYS}new/", WISHES | {"lifetime": "never"})
    assert ApiKey.objects.get(name="Uplink").expires_at is None


def test_form_sent_twice_makes_one_key(in_alpha: Cast, proven: Client) -> None:
    proven.post(f"{KEYS}new/", WISHES)
    answer = proven.post(f"{KEYS}new/", WISHES)
    assert "already" in answer.content.decode()
    assert ApiKey.objects.filter(name="Uplink").count() == 1


@pytest.mark.parametrize(
    "changes", [{"scopes": []}, {"scopes": ["organization:admin:x"]}, {"networks": "300.1.2.3"}]
)
def test_senseless_form_is_shown_again(
    in_alpha: Cast, proven: Client, changes: dict[str, object]
) -> None:
    answer = proven.post(f"{KEYS}new/", WISHES | changes)
    assert answer.status_code == 200
    assert b'class="error"' in answer.content
    assert not ApiKey.objects.filter(name="Uplink").exists()


@pytest.mark.parametrize("page", ["new/", "{key}/rotate/"])
def test_making_and_rotating_ask_for_the_password_again(
    in_alpha: Cast, manager: Client, page: str
) -> None:
    key, _ = made(in_alpha, Role.MANAGER, "read")
    _prove(manager)
    session = manager.session
    session[PROVED_AT] = 0
    session.save()
    answer = manager.post(KEYS + page.format(key=key.pk), WISHES)
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert ApiKey.objects.count() == 1


def test_rotating_shows_the_new_key_and_tells_until_when_the_old_works(
    in_alpha: Cast, proven: Client
) -> None:
    key, _ = made(in_alpha, Role.MANAGER, "read")
    answer = proven.post(f"{KEYS}{key.pk}/rotate/")
    assert find_key_caller(_shown(answer.content), address="")
    assert "works until" in answer.content.decode()
    key.refresh_from_db()
    assert key.replaced_by is not None


def test_revoking_asks_first_and_then_ends_the_key(in_alpha: Cast, manager: Client) -> None:
    key, _ = made(in_alpha, Role.MANAGER, "read")
    assert manager.get(f"{KEYS}{key.pk}/revoke/").status_code == 200
    key.refresh_from_db()
    assert key.revoked_at is None
    manager.post(f"{KEYS}{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_viewer_is_refused_every_page(in_alpha: Cast, viewer: Client) -> None:
    key, _ = made(in_alpha, Role.MANAGER, "read")
    pages = ["", "new/", f"{key.pk}/", f"{key.pk}/rotate/", f"{key.pk}/revoke/"]
    answers = [viewer.post(KEYS + page) for page in pages] + [viewer.get(KEYS + p) for p in pages]
    assert {answer.status_code for answer in answers} == {403}


def test_outsiders_key_pages_do_not_exist(in_alpha: Cast, bravo: Cast, outsider: Client) -> None:
    key, _ = made(in_alpha, Role.MANAGER, "read")
    _prove(outsider)
    for path in (KEYS, f"/o/bravo/keys/{key.pk}/", f"/o/bravo/keys/{key.pk}/revoke/"):
        assert outsider.get(path).status_code == 404
    assert outsider.post(f"/o/bravo/keys/{key.pk}/revoke/").status_code == 404


def test_usage_is_drawn_and_readable_as_numbers(in_alpha: Cast, manager: Client) -> None:
    key, text = made(in_alpha, Role.MANAGER, "read")
    for _ in range(3):
        find_key_caller(text, address="")
    content = manager.get(f"{KEYS}{key.pk}/").content.decode()
    assert "<svg" in content
    assert "<rect" in content
    assert '<td class="number">3</td>' in content


def test_list_costs_the_same_with_more_keys(in_alpha: Cast, manager: Client) -> None:
    made(in_alpha, Role.MANAGER, "read", name="0")
    queries(manager, KEYS)  # the first visit notes the organization in the session
    few = len(queries(manager, KEYS))
    for number in range(1, 11):
        made(in_alpha, Role.MANAGER, "read", name=str(number))
    assert len(queries(manager, KEYS)) == few


@pytest.fixture
def admin(in_alpha: Cast, sign_in: Callable[[Membership], Client]) -> Client:
    return _prove(sign_in(in_alpha.members[Role.ADMIN]))


def test_fleet_admin_makes_a_key_and_shows_it_once(admin: Client) -> None:
    assert admin.get(f"{ADMIN_KEYS}add/").status_code == 200
    answer = admin.post(f"{ADMIN_KEYS}add/", WISHES)
    assert find_key_caller(_shown(answer.content), address="")
    key = ApiKey.objects.get(name="Uplink")
    for page in (ADMIN_KEYS, f"{ADMIN_KEYS}{key.pk}/change/"):
        answer = admin.get(page)
        assert answer.status_code == 200
        assert "Uplink" in answer.content.decode()
        assert not KEY_TEXT.search(answer.content.decode())


def test_fleet_admin_replaces_and_revokes(in_alpha: Cast, admin: Client) -> None:
    key, _ = made(in_alpha, Role.ADMIN, "read")
    act = {"_selected_action": str(key.pk)}
    answer = admin.post(ADMIN_KEYS, act | {"action": "rotate"})
    assert find_key_caller(_shown(answer.content), address="")
    admin.post(ADMIN_KEYS, act | {"action": "revoke"})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_fleet_admin_asks_for_the_password_again(in_alpha: Cast, admin: Client) -> None:
    session = admin.session
    session[PROVED_AT] = 0
    session.save()
    answer = admin.post(f"{ADMIN_KEYS}add/", WISHES)
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert not ApiKey.objects.exists()


def test_command_prints_a_key_that_works(
    in_alpha: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--owner", "Manager@alpha.example.org", "--name", "Camp", "--scope", "read"]
    call_command("create_api_key", "alpha", *options, "--expires-days", "30", "--network", "::1")
    printed = capsys.readouterr().out.strip()
    assert find_key_caller(printed, address="::1")
    key = ApiKey.objects.get(name="Camp")
    assert key.expires_at is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": "manager@bravo.example.org"},
        {"scope": "everything"},
        {"expires-days": "0"},
        {"network": "here"},
    ],
)
def test_command_says_what_is_wrong(in_alpha: Cast, changes: dict[str, str]) -> None:
    values = {"owner": "manager@alpha.example.org", "name": "Camp", "scope": "read"} | changes
    options = [part for name, value in values.items() for part in (f"--{name}", value)]
    with pytest.raises(CommandError):
        call_command("create_api_key", "alpha", *options)
    assert not ApiKey.objects.exists()
