"""A forgotten password, or a first one, by a link that is mailed and works once.

What must never happen: an answer that tells whether an address is known, a link used twice, or a
reset that spares the second step or leaves a stolen session alive.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.mail import queue_after_commit, send_mail_later
from accounts.models import User
from accounts.origins import client_address, network_of
from accounts.sessions.ending import end_everything
from accounts.signing_in.attempts import Allowance, spend
from accounts.signing_in.passwords import normalized
from aviation.audit.events import record_event
from aviation.common.errors import Rejected, TooMany
from aviation.tenants.context import acting_as

RESET_TASK = "accounts.send_password_reset"
PER_ADDRESS = Allowance("password_reset.account", burst=3, refill_s=1_200)
PER_NETWORK = Allowance("password_reset.network", burst=10, refill_s=60)


class ResetTokens(PasswordResetTokenGenerator):
    """Also ended by whatever ends the person's sessions."""

    key_salt = "accounts.signing_in.reset"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.credential_epoch}"


reset_tokens = ResetTokens()


def ask_for_reset(request: HttpRequest, email: str) -> None:
    """Queue the mail, whether or not the address is known. Raises TooMany, by network alone."""
    spend(PER_NETWORK, network_of(client_address(request)))
    queue_after_commit(RESET_TASK, {"email": normalized(email)})


def send_reset(email: str) -> None:
    """Mail the link, if the address is an account's and its mailbox was not flooded already."""
    try:
        spend(PER_ADDRESS, email)
    except TooMany:
        return
    user = User.objects.filter(email=email, is_active=True).first()
    if user is not None:
        link = f"{settings.BASE_URL}/password-reset/{reset_path(user)}/"
        send_mail_later(
            to=user.email,
            template="password_reset",
            context={"name": user.get_short_name(), "email": user.email, "link": link},
        )


def reset_path(user: User) -> str:
    """Who and the token, as the link has them."""
    return f"{urlsafe_base64_encode(force_bytes(user.pk))}/{reset_tokens.make_token(user)}"


def reset_password(user: User, *, token: str, password: str) -> None:
    """Set the password and end all that was signed in. Raises Rejected for a used token.

    The second step stays as it is. The link came by mail, so the address is the person's.
    """
    with acting_as(user.pk), transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if not reset_tokens.check_token(locked, token):
            raise Rejected("This link was used already.", code="link_used")
        now = timezone.now()
        locked.email_verified_at = locked.email_verified_at or now
        _save_password(locked, password, also=("email_verified_at",))
        record_event("password.reset", table_name="person", object_id=user.pk)
        end_everything(locked, because="password_reset")


def change_password(user: User, *, password: str, keep_session: str | None = None) -> None:
    """Set another password; what is signed in elsewhere is ended.

    The view that keeps its own session calls ``update_session_auth_hash`` next.
    """
    with transaction.atomic():
        _save_password(user, password)
        record_event("password.changed", table_name="person", object_id=user.pk)
        end_everything(user, because="password_changed", keep_session=keep_session)


def _save_password(user: User, password: str, also: tuple[str, ...] = ()) -> None:
    user.set_password(password)
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "password_changed_at", *also])
    send_mail_later(
        to=user.email,
        template="password_changed",
        context={"name": user.get_short_name(), "at": f"{timezone.now():%d %B %Y, %H:%M} UTC"},
    )
