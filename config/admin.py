"""The two admin sites with everything registered. Route to them from here, never past it."""

from __future__ import annotations

from importlib import import_module

from accounts.admin_site import fleet_admin, platform_admin

__all__ = ["fleet_admin", "platform_admin"]

for app in (
    "analytics",
    "accounts",
    "aviation.fleet",
    "aviation.flights",
    "aviation.mlresults",
    "aviation.telemetry",
    "maintenance",
):
    import_module(f"{app}.admin")  # importing it registers what it shows
import_module("accounts.api_keys.admin")
import_module("accounts.audit_admin")
import_module("accounts.axes_admin")
import_module("analytics.reports.admin")
import_module("aviation.pages.platform.admin")
import_module("analytics.wear_weights.admin")
import_module("accounts.caching_admin")
