from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

from maintenance.recovery.choices import RecoveryKind, RecoveryState

if TYPE_CHECKING:
    from maintenance.recovery.models import RecoveryRequest  # noqa: F401 - named in a string below

OVER = (RecoveryState.DONE, RecoveryState.UNDONE, RecoveryState.WITHDRAWN)


class RecoveryQuerySet(models.QuerySet["RecoveryRequest"]):
    def past_undoing(self, *, at: datetime) -> RecoveryQuerySet:
        """Those whose former state is still kept and need not be any more."""
        return self.filter(kind=RecoveryKind.ORGANIZATION, undo_until__lte=at)

    def open(self) -> RecoveryQuerySet:
        return self.exclude(state__in=OVER)

    def over(self) -> RecoveryQuerySet:
        """Those that need no copy any more."""
        return self.filter(state__in=OVER)
