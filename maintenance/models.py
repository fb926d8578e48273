"""The models of all parts, where Django looks for them."""

from __future__ import annotations

from maintenance.backup.models import Backup, BackupAlarm, BackupDrill, BackupPolicy

__all__ = ["Backup", "BackupAlarm", "BackupDrill", "BackupPolicy"]
