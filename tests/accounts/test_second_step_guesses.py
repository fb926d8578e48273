"""Guesses at a code: they run out, however many come at once, and the person hears of them."""

from __future__ import annotations

import pytest
from celery import current_app

from accounts.choices import Role
from accounts.models import User
from accounts.second_step import services
from accounts.second_step.notices import Notice
from accounts.second_step.services import verify_second_step
from aviation.audit.models import AuditEvent
from aviation.common.errors import TooMany
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


def times_limited(user: User) -> int:
    """The trail keeps attempts, also those of tests that were undone."""
    with platform_context():
        events = AuditEvent.objects.filter(action="second_step.limited")
        return events.filter(object_id=str(user.pk)).count()


def test_guesses_run_out_even_for_the_right_code(pilot: User, app: App) -> None:
    for _ in range(services.ALLOWANCE.burst):
        assert verify_second_step(pilot, app.wrong_code()) is None
    with pytest.raises(TooMany) as refused:
        verify_second_step(pilot, app.code())
    assert refused.value.retry_after_s is not None


def test_right_code_gives_the_guesses_back(pilot: User, app: App) -> None:
    for _ in range(services.ALLOWANCE.burst - 1):
        verify_second_step(pilot, app.wrong_code())
    assert verify_second_step(pilot, app.code()) == "totp"
    assert verify_second_step(pilot, app.wrong_code()) is None


def test_person_hears_once_of_guesses_at_their_codes(
    pilot: User, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    before = times_limited(pilot)
    monkeypatch.setattr(services, "tell", lambda user, notice: told.append((user, notice)))
    for _ in range(services.ALLOWANCE.burst):
        verify_second_step(pilot, app.wrong_code())
    assert not told
    for _ in range(3):
        with pytest.raises(TooMany):
            verify_second_step(pilot, app.wrong_code())
    assert told == [(pilot, Notice.GUESSED)]
    assert times_limited(pilot) == before + 1


def test_guesses_at_once_are_counted_one_by_one(fresh_organization: Cast) -> None:
    """A6: of 20 guesses that come together, no more are looked at than are allowed."""
    user = person_of(fresh_organization, Role.PILOT)
    app = set_up_app(user)
    wrong = app.wrong_code()

    def guess(_: int) -> str:
        try:
            return str(verify_second_step(user, wrong))
        except TooMany:
            return "too many"

    answers = in_threads(THREADS, guess)
    assert answers.count("None") == services.ALLOWANCE.burst
