"""Recovery codes: what they are made of, how they may be typed, and that each works once."""

from __future__ import annotations

import base64
import re

import pytest
from celery import current_app
from django.db import connections, transaction

from accounts.choices import Role
from accounts.models import User
from accounts.second_step import recovery_codes, services
from accounts.second_step.services import codes_left, renew_recovery_codes, verify_second_step
from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict
from aviation.tenants.context import platform_context
from tests.accounts.second_steps import App, person_of, set_up_app
from tests.conftest import Cast
from tests.isolation.crowd import in_threads

THREADS = 20


@pytest.fixture(autouse=True)
def _no_mail_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)


@pytest.fixture
def pilot(alpha: Cast) -> User:
    return person_of(alpha, Role.PILOT)


@pytest.fixture
def app(pilot: User) -> App:
    return set_up_app(pilot)


def test_codes_are_ten_of_120_bits_each() -> None:
    codes = recovery_codes.new_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){5}", code) for code in codes)
    assert len(base64.b32decode(recovery_codes.plain(codes[0]))) * 8 == 120


@pytest.mark.parametrize(
    "write",
    [
        str,
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: f"  {code.replace('-', ' ')}\n",
        lambda code: code.replace("-", "\N{EN DASH}"),
    ],
    ids=["as shown", "small letters", "without hyphens", "spaces", "dashes"],
)
def test_code_may_be_typed_in_several_ways(pilot: User, app: App, write: object) -> None:
    typed = write(app.recovery_codes[3])  # type: ignore[operator]
    assert verify_second_step(pilot, typed) == "recovery_code"


def test_code_works_once(pilot: User, app: App) -> None:
    assert verify_second_step(pilot, app.recovery_codes[0]) == "recovery_code"
    assert verify_second_step(pilot, app.recovery_codes[0]) is None
    assert codes_left(pilot) == 9


def test_code_of_another_person_is_refused(alpha: Cast, pilot: User, app: App) -> None:
    analyst = person_of(alpha, Role.ANALYST)
    set_up_app(analyst)
    assert verify_second_step(analyst, app.recovery_codes[0]) is None
    assert codes_left(pilot) == 10


def test_code_used_is_an_event_and_a_mail(
    pilot: User, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails: list[dict[str, object]] = []
    monkeypatch.setattr(
        "accounts.second_step.notices.send_mail_later", lambda **mail: mails.append(mail)
    )
    verify_second_step(pilot, app.recovery_codes[0])
    with platform_context():
        event = AuditEvent.objects.filter(action="second_step.code_used").latest("id")
    assert (event.object_id, event.after) == (str(pilot.pk), {"left": "9"})
    assert [mail["to"] for mail in mails] == [pilot.email]
    assert app.recovery_codes[0] not in str(mails)


def test_new_codes_end_the_old_ones(pilot: User, app: App) -> None:
    new = renew_recovery_codes(pilot)
    assert verify_second_step(pilot, app.recovery_codes[0]) is None
    assert verify_second_step(pilot, new[0]) == "recovery_code"
    assert codes_left(pilot) == 9


def test_new_codes_need_an_app(pilot: User) -> None:
    with pytest.raises(Conflict):
        renew_recovery_codes(pilot)


def test_one_code_in_many_hands_passes_once(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A5: 20 threads with one recovery code, for each of several codes; exactly one is let in."""
    monkeypatch.setattr(
        services, "ALLOWANCE", services.Allowance("second_step_race", burst=1_000, refill_s=1)
    )
    user = person_of(fresh_organization, Role.PILOT)
    for code in set_up_app(user).recovery_codes[:5]:
        answers = in_threads(THREADS, lambda _, code=code: verify_second_step(user, code))
        assert sorted(map(str, answers)) == ["None"] * (THREADS - 1) + ["recovery_code"]
    assert codes_left(user) == 5


def test_codes_made_twice_at_once_are_ten(fresh_organization: Cast) -> None:
    user = person_of(fresh_organization, Role.PILOT)
    set_up_app(user)
    in_threads(4, lambda _: renew_recovery_codes(user))
    assert codes_left(user) == 10


def test_tables_hold_neither_secret_nor_codes(pilot: User, app: App) -> None:
    """A3: nothing issued is found in what a dump of the database would hold."""
    verify_second_step(pilot, app.recovery_codes[0])
    verify_second_step(pilot, app.code())
    texts = [base64.b32encode(app.secret), base64.b64encode(app.secret), *shown_and_plain(app)]
    kept = everything_kept()
    for clear in [app.secret, *texts]:
        assert clear.hex() not in kept
    for clear in texts:
        assert clear.decode() not in kept


def shown_and_plain(app: App) -> list[bytes]:
    codes = app.recovery_codes
    return [write(code).encode() for code in codes for write in (str, recovery_codes.plain)]


def everything_kept() -> str:
    """Every row of every table in sight, as text; bytes are in it as hexadecimal digits."""
    kept = []
    with platform_context(), transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p') AND has_table_privilege(oid, 'SELECT')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM public."{table}" t')
            kept += [row for (row,) in cursor.fetchall()]
    assert any("second_step.enrolled" in row for row in kept)
    return "\n".join(kept)
