"""The record of sign-ins in the platform's admin: to be read, and nothing else."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import PlatformModelAdmin
from accounts.admin_site import platform_admin


class SignInRecordAdmin(PlatformModelAdmin):
    """Written by signing in; big, so that nothing is counted and little is searched."""

    list_filter = ("attempt_time",)
    search_fields = ("=username", "=ip_address")
    ordering: tuple[str, ...] = ("-attempt_time",)
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessLog, site=platform_admin)
class SuccessAdmin(SignInRecordAdmin):
    place = 30
    icon = "login"
    title = "Sign-ins"
    list_display = ("attempt_time", "username", "ip_address", "user_agent", "logout_time")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "path_info", "logout_time")


@admin.register(AccessFailureLog, site=platform_admin)
class FailureAdmin(SignInRecordAdmin):
    place = 31
    icon = "no_accounts"
    title = "Failed sign-ins"
    list_display = ("attempt_time", "username", "ip_address", "user_agent")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "path_info")


@admin.register(AccessAttempt, site=platform_admin)
class FailureCountAdmin(SignInRecordAdmin):
    place = 32
    icon = "person_alert"
    title = "Failures by browser"
    list_display = (
        "attempt_time",
        "username",
        "ip_address",
        "user_agent",
        "failures_since_start",
    )
    fields = (*list_display, "path_info")
    ordering = ("-failures_since_start", "-attempt_time")
