"""Mail, and clearing away what nobody needs any more."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPException
from typing import Any

import structlog
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from celery import shared_task
from django.utils import timezone

from accounts.mail import MAIL_TASK, send_mail_now
from accounts.models import AttemptAllowance, KnownDevice
from accounts.signing_in.devices import KEPT_FOR
from accounts.signing_in.reset import RESET_TASK, send_reset

log = structlog.get_logger("dbx.mail")

MOST_TRIES = 5
RECORD_KEPT_FOR = timedelta(days=365)


@shared_task(name=MAIL_TASK, bind=True, max_retries=MOST_TRIES)
def send_mail(self: Any, *, to: str, template: str, context: dict[str, str]) -> None:
    """Send one mail; a mail server that does not answer is asked again, later each time."""
    try:
        send_mail_now(to=to, template=template, context=context)
    except (OSError, SMTPException) as error:
        log.warning("mail not sent", template=template, cause=type(error).__name__)
        if self.request.retries < MOST_TRIES:
            raise self.retry(countdown=30 * 4**self.request.retries) from None


@shared_task(name=RESET_TASK)
def send_password_reset(*, email: str) -> None:
    """Look the address up here and not in the request, whose time would tell."""
    send_reset(email)


@shared_task(name="accounts.clear_sign_in_record")
def clear_sign_in_record() -> None:
    """Delete allowances that are full, browsers long unseen, and the record of past years."""
    now = timezone.now()
    AttemptAllowance.objects.filter(full_at__lt=now).delete()
    KnownDevice.objects.filter(last_seen_at__lt=now - KEPT_FOR).delete()
    for record in (AccessAttempt, AccessFailureLog, AccessLog):
        record.objects.filter(attempt_time__lt=now - RECORD_KEPT_FOR).delete()
