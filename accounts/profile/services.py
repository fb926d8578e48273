"""What people change about themselves: name and e-mail address.

What must never happen: an address that takes effect before its mailbox was seen, or without the
old one being told.
"""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.mail import send_mail_later
from accounts.models import User
from accounts.profile.email_links import EmailChange, token_of
from accounts.signing_in.attempts import Allowance, spend
from aviation.audit.events import record_event
from aviation.common.errors import NotFound, Rejected
from aviation.tenants.context import acting_as

EMAIL_CHANGES = Allowance("email_change", burst=5, refill_s=600)
LINK_NO_LONGER = "This link no longer works."


@transaction.atomic
def rename_person(*, user: User, full_name: str) -> None:
    user.full_name = full_name
    user.clean_fields(exclude=["email", "password"])
    user.save(update_fields=["full_name"])


@transaction.atomic
def ask_for_email_change(*, user: User, email: str) -> None:
    """Mail a link to the new address, and tell the old one. Raises TooMany or Rejected.

    Whether the new address has an account already is told to its mailbox only.
    """
    email = email.strip().lower()
    if email == user.email:
        raise Rejected("This is your address already.")
    spend(EMAIL_CHANGES, str(user.pk))
    if User.objects.filter(email=email).exists():
        send_mail_later(to=email, template="email_change_taken", context={})
    else:
        link = f"{settings.BASE_URL}/account/email/{token_of(user, email)}/"
        context = {"name": user.get_short_name(), "link": link}
        send_mail_later(to=email, template="email_change_confirm", context=context)
    notice = {"name": user.get_short_name(), "email": email}
    send_mail_later(to=user.email, template="email_change_asked", context=notice)
    record_event("email.change_asked", table_name="person", object_id=user.pk)


def confirm_email_change(change: EmailChange) -> None:
    """Let the new address take effect. Raises NotFound when the link is used or overtaken."""
    with acting_as(change.user_id), transaction.atomic():
        unchanged = User.objects.filter(
            pk=change.user_id,
            email=change.old,
            credential_epoch=change.credential_epoch,
            is_active=True,
        )
        if not _take(unchanged, change):
            raise NotFound(LINK_NO_LONGER)
        record_event("email.changed", table_name="person", object_id=change.user_id)
        notice = {"email": change.new}
        send_mail_later(to=change.old, template="email_changed", context=notice)


def _take(unchanged: QuerySet[User], change: EmailChange) -> bool:
    try:
        with transaction.atomic():
            return bool(unchanged.update(email=change.new, email_verified_at=timezone.now()))
    except IntegrityError:
        return False
