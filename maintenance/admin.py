"""What the platform's admin shows of all parts."""

from __future__ import annotations

from maintenance.backup.admin import BackupAdmin
from maintenance.recovery.admin import RecoveryRequestAdmin

__all__ = ["BackupAdmin", "RecoveryRequestAdmin"]
