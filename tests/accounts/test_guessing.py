"""Guessing passwords: few guesses at an account, few from a network, and no locking out."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import transaction
from django.db.models import F
from django.test import Client, RequestFactory

from accounts.choices import Role
from accounts.models import AttemptAllowance, User
from accounts.signing_in import passwords
from accounts.signing_in.attempts import Allowance, give_back, refill, spend
from accounts.signing_in.passwords import (
    PER_ACCOUNT,
    PER_KNOWN_DEVICE,
    PER_NETWORK,
    SignInRefused,
    prove_password,
)
from accounts.tasks import clear_sign_in_record
from aviation.audit.models import AuditEvent
from aviation.common.errors import TooMany
from aviation.tenants.context import platform_context
from tests.conftest import PASSWORD, Cast
from tests.isolation.crowd import in_threads

SLOW = Allowance("test.slow", burst=5, refill_s=3_600)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was hashed, in order: the tests' hasher is told to say so."""
    seen: list[str] = []
    lock, encode = threading.Lock(), MD5PasswordHasher.encode

    def counting(self: MD5PasswordHasher, password: str, salt: str) -> str:
        with lock:
            seen.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return seen


@pytest.fixture
def pilot(alpha: Cast) -> User:
    return User.objects.get(pk=alpha.members[Role.PILOT].user_id)


@pytest.fixture
def committed_pilot(fresh_organization: Cast) -> Iterator[User]:
    yield fresh_organization.members[Role.PILOT].user
    AttemptAllowance.objects.all().delete()


def guess(email: str, address: str, password: str = "wrong", client: Client | None = None) -> Any:
    values = {"username": email, "password": password}
    return (client or Client()).post("/sign-in/", values, REMOTE_ADDR=address)


def test_of_many_guesses_at_once_five_reach_the_hash(
    committed_pilot: User, hashed: list[str]
) -> None:
    """A6: 60 wrong passwords in parallel, each from an address of its own."""
    answers = in_threads(60, lambda n: guess(committed_pilot.email, f"198.51.100.{n}").status_code)
    assert len(hashed) == PER_ACCOUNT.burst == 5
    assert sorted(answers) == [200] * 5 + [429] * 55


def test_guesses_at_an_unknown_address_are_counted_alike(
    committed_pilot: User, hashed: list[str]
) -> None:
    """A6, A18: the limit does not tell who has an account."""
    email = f"nobody-{committed_pilot.pk}@example.org"
    answers = in_threads(20, lambda n: guess(email, f"198.51.100.{n}").status_code)
    assert len(hashed) == 5
    assert sorted(answers) == [200] * 5 + [429] * 15


def test_limit_stands_though_the_request_is_rolled_back(committed_pilot: User) -> None:
    def one(_: int) -> None:
        with transaction.atomic():
            spend(SLOW, str(committed_pilot.pk))
            transaction.set_rollback(True)

    in_threads(5, one)
    with pytest.raises(TooMany):
        spend(SLOW, str(committed_pilot.pk))


def test_refusal_says_when_to_try_again(pilot: User) -> None:
    began = time.monotonic()
    answers = [guess(pilot.email, "198.51.100.1") for _ in range(6)]
    wait_s = int(answers[-1].headers["Retry-After"])
    passed_s = time.monotonic() - began
    assert PER_ACCOUNT.refill_s - passed_s <= wait_s <= PER_ACCOUNT.refill_s
    assert "Too many attempts. Try again in 3 minutes." in answers[-1].content.decode()


def test_right_password_does_not_pass_a_spent_allowance(pilot: User, hashed: list[str]) -> None:
    for _ in range(5):
        guess(pilot.email, "198.51.100.1")
    answer = guess(pilot.email, "198.51.100.2", PASSWORD)
    assert (answer.status_code, len(hashed)) == (429, 5)


def test_known_browser_gets_in_while_its_account_is_attacked(alpha: Cast, pilot: User) -> None:
    """A7: attacks from 100 addresses, and the victim's first try works."""
    browser = Client()
    assert guess(pilot.email, "203.0.113.9", PASSWORD, browser).status_code == 302
    browser.post("/sign-out/")
    attacks = [guess(pilot.email, f"198.51.100.{n}").status_code for n in range(100)]
    assert attacks.count(429) == 95
    assert guess(pilot.email, "203.0.113.9", PASSWORD, browser).status_code == 302
    assert browser.get(alpha.home).status_code == 200


def test_known_browser_gets_in_from_a_network_that_attacks(pilot: User) -> None:
    """A7: the attacker may sit behind the same address."""
    browser = Client()
    guess(pilot.email, "198.51.100.1", PASSWORD, browser)
    browser.post("/sign-out/")
    for n in range(30):
        guess(f"{n}@example.org", "198.51.100.1")
    assert guess(pilot.email, "198.51.100.1", PASSWORD).status_code == 429
    assert guess(pilot.email, "198.51.100.1", PASSWORD, browser).status_code == 302


def test_known_browser_guesses_within_limits_too(pilot: User, hashed: list[str]) -> None:
    browser = Client()
    guess(pilot.email, "198.51.100.1", PASSWORD, browser)
    browser.post("/sign-out/")
    hashed.clear()
    for _ in range(20):
        guess(pilot.email, "198.51.100.1", "wrong", browser)
    assert len(hashed) == PER_KNOWN_DEVICE.burst


def test_browser_known_to_one_person_is_a_stranger_to_another(
    alpha: Cast, pilot: User, hashed: list[str]
) -> None:
    browser = Client()
    other = alpha.members[Role.ANALYST].user.email
    guess(pilot.email, "198.51.100.1", PASSWORD, browser)
    browser.post("/sign-out/")
    for _ in range(5):
        guess(other, "198.51.100.2")
    assert guess(other, "198.51.100.3", PASSWORD, browser).status_code == 429


@pytest.fixture
def nothing_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network's guess comes back every three seconds; a busy machine may take that for a few."""
    monkeypatch.setattr(passwords, "PER_NETWORK", replace(PER_NETWORK, refill_s=3_600))


def test_one_network_guesses_at_few_accounts(
    db: None, hashed: list[str], nothing_comes_back: None
) -> None:
    answers = [guess(f"{n}@example.org", "198.51.100.1").status_code for n in range(25)]
    assert len(hashed) == PER_NETWORK.burst
    assert answers[-1] == 429


def test_addresses_of_one_ipv6_line_are_one_network(
    db: None, hashed: list[str], nothing_comes_back: None
) -> None:
    """A13: a /64 is what one subscriber is given."""
    for n in range(30):
        guess(f"{n}@example.org", f"2001:db8:0:1::{n:x}")
    assert len(hashed) == PER_NETWORK.burst


def test_office_behind_one_address_signs_in(alpha: Cast) -> None:
    emails = [member.user.email for member in alpha.members.values()]
    answers = [guess(email, "198.51.100.1", PASSWORD).status_code for email in emails * 5]
    assert set(answers) == {302}


def test_success_forgets_the_failures_before_it(pilot: User) -> None:
    for _ in range(2):
        for _ in range(4):
            guess(pilot.email, "198.51.100.1")
        assert guess(pilot.email, "198.51.100.1", PASSWORD).status_code == 302


def test_flood_of_refusals_is_one_event(db: None) -> None:
    email = f"{uuid.uuid4().hex}@example.org"  # events outlive the test
    for n in range(12):
        guess(email, f"198.51.100.{n}")
    with platform_context():
        limited = AuditEvent.objects.filter(action="sign_in.limited", after__email=email)
        assert limited.count() == 1


def test_program_is_told_by_the_same_two_errors(alpha: Cast, pilot: User) -> None:
    request = RequestFactory().post("/")
    assert prove_password(request, email=pilot.email.upper(), password=PASSWORD) == pilot
    for _ in range(5):
        with pytest.raises(SignInRefused):
            prove_password(request, email=pilot.email, password="wrong")
    with pytest.raises(TooMany) as refusal:
        prove_password(request, email=pilot.email, password=PASSWORD)
    assert (refusal.value.status, refusal.value.code) == (429, "too_many_attempts")


# -- the allowance itself


def test_allowance_comes_back_with_time(db: None) -> None:
    for _ in range(5):
        spend(SLOW, "a")
    AttemptAllowance.objects.update(full_at=_earlier(3_601))
    spend(SLOW, "a")
    with pytest.raises(TooMany):
        spend(SLOW, "a")


def test_idle_allowance_saves_up_no_more_than_its_burst(db: None) -> None:
    spend(SLOW, "a")
    AttemptAllowance.objects.update(full_at=_earlier(1_000_000))
    for _ in range(5):
        spend(SLOW, "a")
    with pytest.raises(TooMany):
        spend(SLOW, "a")


def test_refused_attempts_cost_nothing(db: None) -> None:
    for _ in range(5):
        spend(SLOW, "a")
    before = row("a").full_at
    for _ in range(3):
        with pytest.raises(TooMany):
            spend(SLOW, "a")
    assert row("a").full_at == before


def test_allowances_of_others_are_untouched(db: None) -> None:
    for _ in range(5):
        spend(SLOW, "a", "b")
    spend(SLOW, "ab")
    spend(Allowance("test.other", burst=5, refill_s=3_600), "a", "b")


def test_given_back_attempt_can_be_spent_again(db: None) -> None:
    for _ in range(5):
        spend(SLOW, "a")
    give_back(SLOW, "a")
    spend(SLOW, "a")
    refill(SLOW, "a")
    for _ in range(5):
        spend(SLOW, "a")


def test_table_does_not_say_whose_allowances_it_holds(db: None) -> None:
    spend(SLOW, "somebody@example.org")
    assert b"somebody" not in bytes(row("somebody@example.org").key)


def test_full_allowances_are_forgotten(db: None) -> None:
    spend(SLOW, "spent")
    spend(SLOW, "full")
    AttemptAllowance.objects.filter(pk=row("full").pk).update(full_at=_earlier(3_601))
    clear_sign_in_record()
    assert row("spent")
    with pytest.raises(AttemptAllowance.DoesNotExist):
        row("full")


def row(whose: str) -> AttemptAllowance:
    return AttemptAllowance.objects.get(pk=SLOW.values((whose,))["key"])


def _earlier(seconds: int) -> Any:
    """``full_at`` of everything, so many seconds before what it is."""
    return F("full_at") - timedelta(seconds=seconds)
