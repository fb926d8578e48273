"""Sending mail after the work that caused it stands, by the task queue.

What must never happen: a page that fails because mail cannot be sent, or a link or a secret in a
log line.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from kombu.exceptions import OperationalError as QueueAway

log = structlog.get_logger("dbx.mail")

MAIL_TASK = "accounts.send_mail"
NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"


def has_mail_server() -> bool:
    """Whether mail goes anywhere; without DBX_EMAIL_URL it is thrown away."""
    return bool(settings.EMAIL_BACKEND != NO_MAIL)


def send_mail_later(*, to: str, template: str, context: dict[str, str]) -> None:
    """Mail ``templates/accounts/mail/<template>.txt`` once the running transaction stands."""
    queue_after_commit(MAIL_TASK, {"to": to, "template": template, "context": context})


def queue_after_commit(task: str, arguments: Mapping[str, Any]) -> None:
    """Queue a task whose arguments are nobody else's business."""
    transaction.on_commit(partial(_queue, task, arguments))


def _queue(task: str, arguments: Mapping[str, Any]) -> None:
    try:
        current_app.send_task(
            task, kwargs=dict(arguments), kwargsrepr="(private)", retry=False, ignore_result=True
        )
    except QueueAway as error:
        log.warning("queue away, mail not sent", task=task, cause=type(error).__name__)


def send_mail_now(*, to: str, template: str, context: Mapping[str, str]) -> None:
    """Render and send. Raises what the mail server's connection raises."""
    values = {**context, "base_url": settings.BASE_URL}
    subject = render_to_string(f"accounts/mail/{template}_subject.txt", values)
    body = render_to_string(f"accounts/mail/{template}.txt", values)
    EmailMessage(" ".join(subject.split()), body, to=[to]).send()
