"""What the admins show of all parts: to be imported is what registers them."""

from __future__ import annotations

from maintenance.backup import admin as backup
from maintenance.recovery import admin as recovery
from maintenance.retention import admin as retention
from maintenance.retention import archive_admin

__all__ = ["archive_admin", "backup", "recovery", "retention"]
