"""The models of all parts, where Django looks for them."""

from __future__ import annotations

from maintenance.backup.models import Backup, BackupAlarm, BackupDrill, BackupPolicy
from maintenance.recovery.models import RecoveryPhase, RecoveryRequest

__all__ = [
    "Backup",
    "BackupAlarm",
    "BackupDrill",
    "BackupPolicy",
    "RecoveryPhase",
    "RecoveryRequest",
]
