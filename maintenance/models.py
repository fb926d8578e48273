"""The models of all parts, where Django looks for them."""

from __future__ import annotations

from maintenance.backup.models import Backup, BackupAlarm, BackupDrill, BackupPolicy
from maintenance.recovery.models import RecoveryPhase, RecoveryRequest
from maintenance.retention.models import (
    DeletionCertificate,
    LegalHold,
    RecycledBatch,
    RetentionDefault,
    RetentionPolicy,
)

__all__ = [
    "Backup",
    "BackupAlarm",
    "BackupDrill",
    "BackupPolicy",
    "DeletionCertificate",
    "LegalHold",
    "RecoveryPhase",
    "RecoveryRequest",
    "RecycledBatch",
    "RetentionDefault",
    "RetentionPolicy",
]
