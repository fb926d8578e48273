"""The clock that mails summaries."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from accounts.mail import has_mail_server
from analytics.refreshing import refresh_figures
from analytics.reports.sending import MailAway, is_anything_due, send_due
from analytics.staleness import is_due
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations
from aviation.tenants.models import Organization

log = structlog.get_logger("dbx.mail")


@shared_task(name="analytics.send_summaries")
def send_summaries() -> None:
    """Mail every summary that is due, with fresh figures, in every organization."""
    if not has_mail_server():
        log.info("no mail server, summaries wait")
        return
    try:
        for organization in active_organizations():
            _send(organization)
    except MailAway as error:
        log.warning("mail server away, summaries wait", cause=str(error))


def _send(organization: Organization) -> None:
    with tenant_context(organization):
        try:
            _send_with_fresh_figures(organization)
        except MailAway:
            raise
        except Exception:
            # The edge of one organization's work: whatever went wrong, the others go on. Summaries
            # that were not claimed yet are still due, and the clock comes again.
            log.exception("summaries not sent")


def _send_with_fresh_figures(organization: Organization) -> None:
    if not is_anything_due(organization, at=timezone.now()):
        return
    if is_due(timezone.now()):
        refresh_figures(at=timezone.now())
    sent = send_due(organization, at=timezone.now())
    log.info("summaries sent", count=sent)
