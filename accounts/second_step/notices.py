"""Mails that tell a person what became of their second step: it may not have been them."""

from __future__ import annotations

from enum import Enum

from accounts.mail import send_mail_later
from accounts.models import User


class Notice(Enum):
    """Subject, and what happened."""

    SET_UP = (
        "Your second step is set up",
        "An authenticator app was set up for your account. "
        "Other browsers and programs were signed out.",
    )
    REMOVED = (
        "Your second step was removed",
        "The authenticator app and the recovery codes of your account were removed. "
        "Your password alone now signs you in. Other browsers and programs were signed out.",
    )
    RESET = (
        "Your second step was reset",
        "An administrator took the authenticator app and the recovery codes off your account, "
        "and you were signed out everywhere. Sign in with your password and set up your app again.",
    )
    CODES_MADE = (
        "You have new recovery codes",
        "New recovery codes were made for your account. The codes you had before no longer work.",
    )
    CODE_USED = (
        "A recovery code was used",
        "Somebody who knows your password used one of your recovery codes in place of the "
        "authenticator app.",
    )
    GUESSED = (
        "Somebody is trying codes for your account",
        "Somebody who knows your password typed wrong codes for your second step, several in a "
        "row. They did not get in, and have to wait before they can try again.",
    )


def tell(user: User, notice: Notice, more: str = "") -> None:
    """Queue the mail; it goes out when the running transaction has been committed."""
    subject, what = notice.value
    context = {"subject": subject, "what": f"{what} {more}".strip(), "email": user.email}
    send_mail_later(to=user.email, template="second_step_notice", context=context)
