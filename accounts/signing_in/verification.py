"""Checking that an e-mail address is its person's: by a link that only its mailbox gets."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models.functions import Now

from accounts.mail import send_mail_later
from accounts.models import User
from aviation.audit.events import record_event
from aviation.tenants.context import acting_as

LIFETIME_S = 3 * 24 * 3_600
_SALT = "accounts.verification"


def send_verification(user: User) -> None:
    """Mail the link that confirms the person's address, as it is now."""
    link = f"{settings.BASE_URL}/verify-email/{verification_token(user)}/"
    context = {"name": user.get_short_name(), "link": link}
    send_mail_later(to=user.email, template="verify_email", context=context)


def verification_token(user: User) -> str:
    return signing.dumps({"user": str(user.pk), "email": user.email}, salt=_SALT)


def person_to_verify(token: str) -> User | None:
    """Whose address the link confirms; None for one that is too old, altered or of the past."""
    try:
        named = signing.loads(token, salt=_SALT, max_age=LIFETIME_S)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=named["user"], email=named["email"], is_active=True).first()


def verify_address(user: User) -> None:
    """Note that the address is the person's; asked twice, the first time counts."""
    with acting_as(user.pk), transaction.atomic():
        unverified = User.objects.filter(pk=user.pk, email=user.email, email_verified_at=None)
        if unverified.update(email_verified_at=Now()):
            record_event("email.verified", table_name="person", object_id=user.pk)
