"""What the platform's admin shows of all parts."""

from __future__ import annotations

from maintenance.backup import admin

__all__ = ["admin"]
