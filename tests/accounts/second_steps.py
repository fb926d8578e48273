"""Setting up a second step in tests, and the codes an authenticator app would show."""

from __future__ import annotations

import time
from dataclasses import dataclass

from accounts.models import User
from accounts.second_step import totp
from accounts.second_step.services import confirm_second_step
from tests.conftest import Cast

EARLIER_S = 3_600
"""The first code is of an hour ago, so that it uses up none of the present ones."""


def person_of(cast: Cast, role: str) -> User:
    """A member, read anew: what a test changes in them must not stay in the cast."""
    return User.objects.get(pk=cast.members[role].user_id)


@dataclass(frozen=True)
class App:
    """What the person's phone and paper hold."""

    secret: bytes
    recovery_codes: list[str]

    def code(self, at: float | None = None) -> str:
        return totp.code_of(self.secret, totp.step_at(time.time() if at is None else at))

    def wrong_code(self) -> str:
        """Six digits that are no code of now, nor of the moments around it."""
        here = totp.step_at(time.time())
        good = {totp.code_of(self.secret, step) for step in range(here - 3, here + 4)}
        return next(code for code in map("{:06d}".format, range(20)) if code not in good)


def set_up_app(user: User) -> App:
    secret, then = totp.new_secret(), time.time() - EARLIER_S
    code = totp.code_of(secret, totp.step_at(then))
    return App(secret, confirm_second_step(user, secret, code, now=then))
