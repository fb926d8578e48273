"""Telling people that something of the upkeep is not well: once when it begins, once when it ends.

An open alarm is red in the platform's admin; its beginning is an ERROR in the log and a mail to
the platform's staff.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import structlog
from django.core.mail import send_mail
from django.db import transaction

from accounts.models import User
from aviation.tenants.context import platform_context
from maintenance.backup.choices import AlarmKind
from maintenance.backup.models import BackupAlarm

logger = structlog.get_logger("dbx.backup")


def raise_alarm(
    kind: AlarmKind, message: str, *, organization: str = "", now: datetime | None = None
) -> BackupAlarm:
    """Open an alarm of this kind, or bring the open one's message up to date.

    ``organization`` is the code of the one it is about; empty, where it is about all of them.
    """
    with platform_context(), transaction.atomic():
        alarm, is_new = BackupAlarm.objects.select_for_update().get_or_create(
            kind=kind,
            organization=organization,
            cleared_at=None,
            defaults={"message": message, "raised_at": now or datetime.now(UTC)},
        )
        if not is_new and alarm.message != message:
            alarm.message = message
            alarm.save(update_fields=["message"])
        if is_new:
            transaction.on_commit(lambda: _tell(kind, message))
    return alarm


def clear_alarm(kind: AlarmKind, *, organization: str = "", now: datetime | None = None) -> None:
    with platform_context(), transaction.atomic():
        cleared = BackupAlarm.objects.open().filter(kind=kind, organization=organization)
        if cleared.update(cleared_at=now or datetime.now(UTC)):
            logger.info("alarm cleared", kind=kind.value, about=organization)


def clear_alarms_of_others(kind: AlarmKind, organizations: Collection[str]) -> None:
    """Those about organizations that are not among these: nothing is done for them any more."""
    with platform_context(), transaction.atomic():
        others = BackupAlarm.objects.open().filter(kind=kind).exclude(organization="")
        others.exclude(organization__in=organizations).update(cleared_at=datetime.now(UTC))


def _tell(kind: AlarmKind, message: str) -> None:
    logger.error("alarm raised", kind=kind.value, message=message)
    with platform_context(), transaction.atomic():
        staff = User.objects.filter(is_active=True, is_staff=True, is_superuser=True)
        addresses = list(staff.values_list("email", flat=True))
    for address in addresses:
        send_mail(f"{kind.field}: {kind.label}", message, None, [address], fail_silently=True)
