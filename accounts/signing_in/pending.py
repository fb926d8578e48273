"""Between the password and the second step: who is about to sign in, and until when.

Nobody is signed in by it. It ends with the password, as a session would.
"""

from __future__ import annotations

import time

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User

LIFETIME_S = 300
_KEY = "second_step_pending"


def begin(request: HttpRequest, user: User) -> None:
    """Remember that the person at this browser knows the password."""
    request.session.cycle_key()
    request.session[_KEY] = {
        "user": str(user.pk),
        "proof": user.get_session_auth_hash(),
        "until": int(time.time()) + LIFETIME_S,
    }


def waiting_user(request: HttpRequest) -> User | None:
    """Whoever has proved their password here and has not been too slow since."""
    kept = request.session.get(_KEY)
    if not kept or kept["until"] < time.time():
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or not constant_time_compare(kept["proof"], user.get_session_auth_hash()):
        return None
    return user


def end(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
