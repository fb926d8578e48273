"""Telling the platform's staff that partitions wait for the operator, and that they are well."""

from __future__ import annotations

import structlog
from django.db import DatabaseError

from maintenance.backup.alarms import clear_alarm, raise_alarm
from maintenance.backup.choices import AlarmKind

logger = structlog.get_logger("dbx.partitions")


def tell_outcome(left: int) -> None:
    """Raise the alarm when something is left everywhere together, or clear it."""
    try:
        if left:
            raise_alarm(AlarmKind.PARTITIONS, _in_words(left))
        else:
            clear_alarm(AlarmKind.PARTITIONS)
    except DatabaseError as error:
        logger.error("alarm not kept", reason=str(error).strip())


def _in_words(left: int) -> str:
    things = "One thing is" if left == 1 else f"{left} things are"
    return f"{things} not as declared: manage.py partitions plan tells which, and apply mends it."
