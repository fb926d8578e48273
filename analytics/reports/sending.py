"""Sending due summaries by mail, each once.

What must never happen: the same summary twice in a mailbox, or figures mailed to somebody who may
no longer see them. Mail cannot be taken back and a mail server cannot take part in a transaction,
so a summary is claimed first, in a transaction of its own, and sent then: at most once.

- Two workers, or a task delivered again: one UPDATE takes the claim, the other finds it taken.
- The server refuses the mail: the claim is given back and the next round tries again, up to
  MOST_REFUSALS times.
- The server does not answer, or does not let us in: the claim is given back, and the round ends.
- The worker dies between claim and note: nobody can tell whether the mail left, so it is not sent
  again by itself. The row shows it as left over, and a manager may have it sent.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPDataError, SMTPRecipientsRefused

import structlog
from django.db import transaction
from django.db.models import Case, F, IntegerField, Value, When

from analytics.calculations.rhythms import latest_due
from analytics.choices import Rhythm
from analytics.models import SummarySubscription
from analytics.periods import Period
from analytics.querysets import SummarySubscriptionQuerySet
from analytics.reports.mail import Letter, letter_of, send_letter
from aviation.tenants.models import Organization

log = structlog.get_logger("dbx.mail")

MOST_REFUSALS = 8


class MailAway(Exception):
    """The mail server does not answer: there is no use in trying the next one."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A summary for one recipient."""

    subscription_id: uuid.UUID
    name: str
    email: str


def send_due(organization: Organization, *, at: datetime) -> int:
    """Send the bound organization's summaries that are due; answers how many went out.

    Raises MailAway.
    """
    return sum(_send_rhythm(organization, rhythm, at) for rhythm in Rhythm.values)


def is_anything_due(organization: Organization, *, at: datetime) -> bool:
    """Whether a recipient waits for something; costs no figures."""
    return any(_waiting(each, latest_due(each, at, organization.zone)) for each in Rhythm.values)


def _send_rhythm(organization: Organization, rhythm: str, at: datetime) -> int:
    period = latest_due(rhythm, at, organization.zone)
    waiting = _waiting(rhythm, period)
    if not waiting:
        return 0
    # Before the first claim: figures that cannot be read leave nothing behind.
    letter = _written(organization, rhythm, period, at)
    claimed = (each for each in waiting if _claim(each, rhythm, period))
    return sum(_send(each, letter, period, at) for each in claimed)


@transaction.atomic
def _waiting(rhythm: str, period: Period) -> list[_Waiting]:
    found = SummarySubscription.objects.awaiting(rhythm, period.start).deliverable()
    return [
        _Waiting(each.pk, each.member.user.get_full_name(), each.member.user.email)
        for each in found.select_related("member__user")
    ]


@transaction.atomic
def _claim(each: _Waiting, rhythm: str, period: Period) -> bool:
    """Whether this summary is ours to send. It stands, committed, before anything is sent.

    The row's own columns alone decide the UPDATE: who waited for another's finds them changed.
    Refusals are counted anew for each summary.
    """
    if not _row(each).deliverable().exists():
        return False
    counted = Case(
        When(claimed_for__lt=period.start, then=Value(0)),
        default=F("refusals"),
        output_field=IntegerField(),
    )
    free = _row(each).awaiting(rhythm, period.start)
    return free.update(claimed_for=period.start, refusals=counted) == 1


@transaction.atomic
def _written(organization: Organization, rhythm: str, period: Period, at: datetime) -> Letter:
    """Made once for all recipients of a round."""
    return letter_of(organization, rhythm, period, at)


def _send(each: _Waiting, letter: Letter, period: Period, at: datetime) -> int:
    try:
        send_letter(letter, to=each.email, name=each.name)
    except (SMTPRecipientsRefused, SMTPDataError) as error:
        log.warning("summary refused", cause=type(error).__name__)
        _note_refusal(each)
        return 0
    except OSError as error:  # smtplib's own errors are such too
        _give_back(each)
        raise MailAway(type(error).__name__) from error
    _note_sent(each, period, at)
    return 1


@transaction.atomic
def _note_sent(each: _Waiting, period: Period, at: datetime) -> None:
    _row(each).update(last_sent_for=period.start, last_sent_at=at, refusals=0)


@transaction.atomic
def _give_back(each: _Waiting) -> None:
    _row(each).update(claimed_for=None)


@transaction.atomic
def _note_refusal(each: _Waiting) -> None:
    """After the last refusal the claim stays: the row is left over until somebody looks."""
    _row(each).update(refusals=F("refusals") + 1)
    _row(each).filter(refusals__lt=MOST_REFUSALS).update(claimed_for=None)


def _row(each: _Waiting) -> SummarySubscriptionQuerySet:
    return SummarySubscription.objects.filter(pk=each.subscription_id)
