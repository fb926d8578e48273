"""Telling the platform's staff where retention could not be kept, and that it is kept again.

What failed is in the log, and in what the command prints: an organization's names of aircraft and
files have no place in a mail to people who do not belong to it.
"""

from __future__ import annotations

import structlog
from django.db import DatabaseError

from aviation.tenants.models import Organization
from maintenance.backup.alarms import clear_alarm, clear_alarms_of_others, raise_alarm
from maintenance.backup.choices import AlarmKind

logger = structlog.get_logger("dbx.retention")


def tell_outcome(organization: Organization, failed: int) -> None:
    """Raise the organization's alarm, or clear it when nothing failed. Outside a transaction."""
    about = organization.slug
    try:
        if failed:
            raise_alarm(AlarmKind.RETENTION, _in_words(about, failed), organization=about)
        else:
            clear_alarm(AlarmKind.RETENTION, organization=about)
    except DatabaseError as error:
        logger.error("alarm not kept", reason=str(error).strip())


def forget_others(organizations: list[Organization]) -> None:
    """Clear alarms about organizations that are no longer looked after."""
    codes = [each.slug for each in organizations]
    try:
        clear_alarms_of_others(AlarmKind.RETENTION, codes)
    except DatabaseError as error:
        logger.error("alarm not kept", reason=str(error).strip())


def _in_words(about: str, failed: int) -> str:
    things = "One thing" if failed == 1 else f"{failed} things"
    return (
        f"{things} of {about} could not be kept as its policies say and stayed where it was:"
        f" manage.py retention apply --organization {about} tells which, and why."
    )
