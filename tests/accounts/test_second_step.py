"""The authenticator app: which codes are good, and that each is good once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.test import Client

from accounts.choices import Role
from accounts.models import TotpDevice, User
from accounts.second_step import services, totp
from accounts.second_step.services import (
    confirm_second_step,
    has_second_step,
    remove_second_step,
    second_step_is_due,
    verify_second_step,
)
from aviation.audit.models import AuditEvent
from aviation.common.errors import NotAllowed, Rejected
from aviation.common.keyring import Keyring
from aviation.tenants.context import platform_context
from tests.accounts.mailing import Capture, delivering
from tests.accounts.second_steps import App, person_of, set_up_app
from tests.conftest import Cast
from tests.isolation.crowd import in_threads

THREADS = 20
NOW = 1_800_000_015.0
"""The middle of a step."""


@pytest.fixture(autouse=True)
def _no_mail_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def pilot(alpha: Cast) -> User:
    return person_of(alpha, Role.PILOT)


@pytest.fixture
def app(pilot: User) -> App:
    return set_up_app(pilot)


def actions_on(user: User) -> list[str]:
    with platform_context():
        events = AuditEvent.objects.filter(object_id=str(user.pk), action__startswith="second_step")
        return list(events.order_by("id").values_list("action", flat=True))


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2e9, "279037")],
)
def test_codes_are_those_of_the_standard(at: float, code: str) -> None:
    """The examples of RFC 6238, appendix B, of which apps show the last six digits."""
    assert totp.code_of(b"12345678901234567890", totp.step_at(at)) == code


def test_code_of_the_moment_is_accepted(pilot: User, app: App) -> None:
    assert verify_second_step(pilot, app.code()) == "totp"


def test_code_is_accepted_with_a_space_in_it(pilot: User, app: App) -> None:
    code = app.code()
    assert verify_second_step(pilot, f" {code[:3]} {code[3:]} ") == "totp"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "x" * 5_000])
def test_what_is_no_code_is_refused(pilot: User, app: App, typed: str) -> None:
    assert verify_second_step(pilot, typed) is None


def test_wrong_code_is_refused_and_on_record(pilot: User, app: App) -> None:
    assert verify_second_step(pilot, app.wrong_code()) is None
    assert actions_on(pilot)[-1] == "second_step.refused"


def test_code_of_another_person_is_refused(alpha: Cast, pilot: User, app: App) -> None:
    analyst = person_of(alpha, Role.ANALYST)
    set_up_app(analyst)
    assert verify_second_step(analyst, app.code()) is None


def test_nobody_without_an_app_passes(pilot: User) -> None:
    assert verify_second_step(pilot, "000000") is None


@pytest.mark.parametrize(
    ("phone_is_off_by_s", "is_good"),
    [(-60, False), (-30, True), (0, True), (30, True), (60, False)],
)
def test_clock_of_the_phone_may_be_one_step_off(
    pilot: User, app: App, phone_is_off_by_s: int, is_good: bool
) -> None:
    code = app.code(NOW + phone_is_off_by_s)
    assert verify_second_step(pilot, code, now=NOW) == ("totp" if is_good else None)


@pytest.mark.parametrize("later_s", [0, 10, 30])
def test_code_is_refused_the_second_time(pilot: User, app: App, later_s: int) -> None:
    code = app.code(NOW)
    assert verify_second_step(pilot, code, now=NOW) == "totp"
    assert verify_second_step(pilot, code, now=NOW + later_s) is None


def test_code_older_than_one_accepted_is_refused(pilot: User, app: App) -> None:
    assert verify_second_step(pilot, app.code(NOW), now=NOW) == "totp"
    assert verify_second_step(pilot, app.code(NOW - 30), now=NOW) is None
    assert verify_second_step(pilot, app.code(NOW + 30), now=NOW + 30) == "totp"


def test_code_that_set_the_app_up_signs_nobody_in(pilot: User) -> None:
    secret = totp.new_secret()
    code = totp.code_of(secret, totp.step_at(NOW))
    confirm_second_step(pilot, secret, code, now=NOW)
    assert verify_second_step(pilot, code, now=NOW) is None


def test_wrong_first_code_sets_nothing_up(pilot: User) -> None:
    secret = totp.new_secret()
    old = totp.code_of(secret, totp.step_at(NOW - 300))
    with pytest.raises(Rejected):
        confirm_second_step(pilot, secret, old, now=NOW)
    assert not has_second_step(pilot)


def test_new_app_takes_the_place_of_the_old_one(pilot: User, app: App) -> None:
    new = set_up_app(pilot)
    assert verify_second_step(pilot, app.code()) is None
    assert verify_second_step(pilot, app.recovery_codes[0]) is None
    assert verify_second_step(pilot, new.code()) == "totp"


def test_app_half_set_up_counts_for_nothing(pilot: User, app: App) -> None:
    TotpDevice.objects.filter(user=pilot).update(confirmed_at=None)
    assert not has_second_step(pilot)
    assert verify_second_step(pilot, app.code()) is None


def test_secret_copied_to_another_account_opens_nothing(alpha: Cast, pilot: User, app: App) -> None:
    analyst = person_of(alpha, Role.ANALYST)
    set_up_app(analyst)
    stolen = TotpDevice.objects.get(user=pilot).sealed_secret
    TotpDevice.objects.filter(user=analyst).update(sealed_secret=stolen)
    assert verify_second_step(analyst, app.code()) is None


def test_secret_moves_to_the_current_encryption_key_when_used(
    pilot: User, app: App, settings: Any
) -> None:
    ring = settings.ENCRYPTION_KEYS
    number = ring.current_number + 1
    settings.ENCRYPTION_KEYS = Keyring({**ring.keys, number: b"n" * 32})
    assert verify_second_step(pilot, app.code()) == "totp"
    assert bytes(TotpDevice.objects.get(user=pilot).sealed_secret)[0] == number
    settings.ENCRYPTION_KEYS = Keyring({number: b"n" * 32})
    assert verify_second_step(pilot, app.code(time.time() + 30)) == "totp"


def test_lost_encryption_key_lets_nobody_past(pilot: User, app: App, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = Keyring({1: b"o" * 32})
    assert verify_second_step(pilot, app.code()) is None
    assert verify_second_step(pilot, app.recovery_codes[0]) == "recovery_code"


def test_one_code_in_many_hands_passes_once(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A4: 20 threads with one code, round after round; exactly one is let in."""
    monkeypatch.setattr(
        services, "ALLOWANCE", services.Allowance("second_step_race", burst=1_000, refill_s=1)
    )
    user = person_of(fresh_organization, Role.PILOT)
    app = set_up_app(user)
    for number in range(5):
        moment = NOW + 30 * number
        code = app.code(moment)
        answers = in_threads(
            THREADS, lambda _, code=code, at=moment: verify_second_step(user, code, now=at)
        )
        assert sorted(map(str, answers)) == ["None"] * (THREADS - 1) + ["totp"]


@pytest.mark.parametrize(
    ("role", "is_due"),
    [(Role.ADMIN, True), (Role.MANAGER, True), (Role.ANALYST, False), (Role.PILOT, False)],
)
def test_second_step_is_due_by_role(alpha: Cast, settings: Any, role: Role, is_due: bool) -> None:
    settings.SECOND_STEP_REQUIRED = True
    user, member = person_of(alpha, role), alpha.members[role]
    assert second_step_is_due(user, [member]) is is_due
    set_up_app(user)
    assert not second_step_is_due(user, [member])


def test_second_step_is_due_for_platform_staff(db: None, settings: Any) -> None:
    settings.SECOND_STEP_REQUIRED = True
    staff = User.objects.create_user("staff@example.org", "x", is_staff=True)
    assert second_step_is_due(staff, [])


def test_second_step_is_due_for_nobody_where_it_is_not_required(alpha: Cast) -> None:
    member = alpha.members[Role.ADMIN]
    assert not second_step_is_due(member.user, [member])


def test_role_that_needs_it_cannot_remove_it(alpha: Cast, settings: Any) -> None:
    settings.SECOND_STEP_REQUIRED = True
    user = person_of(alpha, Role.MANAGER)
    set_up_app(user)
    with pytest.raises(NotAllowed):
        remove_second_step(user)
    assert has_second_step(user)


def test_pilot_removes_it(pilot: User, app: App, settings: Any) -> None:
    settings.SECOND_STEP_REQUIRED = True
    remove_second_step(pilot)
    assert not has_second_step(pilot)
    assert verify_second_step(pilot, app.recovery_codes[0]) is None
    assert "second_step.removed" in actions_on(pilot)


@pytest.mark.parametrize("change", [set_up_app, remove_second_step], ids=["set up", "remove"])
def test_change_ends_other_sessions(pilot: User, app: App, change: Callable[[User], Any]) -> None:
    browser = Client()
    browser.force_login(pilot)
    assert browser.get("/account/second-step/").status_code == 200
    change(pilot)
    assert browser.get("/account/second-step/").status_code == 302


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (set_up_app, "Your second step is set up"),
        (remove_second_step, "Your second step was removed"),
        (services.renew_recovery_codes, "You have new recovery codes"),
    ],
)
def test_person_is_told_by_mail_and_the_mail_holds_no_code(
    pilot: User,
    app: App,
    change: Callable[[User], Any],
    subject: str,
    django_capture_on_commit_callbacks: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with delivering(django_capture_on_commit_callbacks, monkeypatch):
        made = change(pilot)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([pilot.email], subject)
    codes = made.recovery_codes if isinstance(made, App) else made or []
    assert not [code for code in codes if code in sent.body]
    assert pilot.email in sent.body
