"""The secret of an app that is being set up: kept in the browser's session, encrypted.

Nothing of the account changes before the first code has come, and what is given up halfway goes
with the session.
"""

from __future__ import annotations

import base64

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User
from accounts.second_step import totp
from aviation.common.sealing import CannotUnseal, seal, unseal

KEY = "authenticator_pending"


def begin(session: SessionBase, user: User) -> bytes:
    """The secret this browser has been shown: a reload shows it again. A new one if none."""
    secret = waiting(session, user)
    if secret is None:
        secret = totp.new_secret()
        session[KEY] = base64.b64encode(seal(secret, purpose=_purpose(user))).decode()
    return secret


def waiting(session: SessionBase, user: User) -> bytes | None:
    try:
        return unseal(base64.b64decode(session.get(KEY, "")), purpose=_purpose(user))
    except CannotUnseal:
        return None


def forget(session: SessionBase) -> None:
    session.pop(KEY, None)


def _purpose(user: User) -> str:
    return f"totp-pending:{user.pk}"
