"""Recoveries in the platform's admin: asked for, read, approved by a second person, followed.

Planning and running are the operator's, at the terminal: no page knows the superuser.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import display

from accounts.admin import PlatformModelAdmin
from accounts.admin_site import platform_admin
from accounts.model_admin import utc
from accounts.models import User
from accounts.sessions.recent import ask_for_proof, has_recent_proof
from aviation.common.errors import DomainError
from maintenance.recovery.approving import approve
from maintenance.recovery.asking import request_recovery, withdraw
from maintenance.recovery.choices import RecoveryKind, RecoveryState
from maintenance.recovery.forms import RecoveryForm
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.plans import TableThen, read_plan, tables_of

COLOURS = {
    RecoveryState.DONE.label: "success",
    RecoveryState.FAILED.label: "danger",
    RecoveryState.VOID.label: "danger",
    RecoveryState.PLANNED.label: "warning",
    RecoveryState.APPROVED.label: "info",
    RecoveryState.RUNNING.label: "info",
}
OVER = (RecoveryState.RUNNING, RecoveryState.DONE, RecoveryState.UNDONE, RecoveryState.WITHDRAWN)


@admin.register(RecoveryRequest, site=platform_admin)
class RecoveryRequestAdmin(PlatformModelAdmin):
    place = 44
    icon = "history"
    title = "Recoveries"
    list_display = ("__str__", "kind", "coloured_state", "target_at", "requested_by", "approved_by")
    list_filter = ("state", "kind")
    search_fields = ("=organization_slug",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[RecoveryRequest]:
        found: models.QuerySet[RecoveryRequest] = super().get_queryset(request)
        return found.select_related("requested_by", "approved_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.admin_site.has_permission(request))

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        own = [
            path("<int:number>/approve/", guarded(self.approve_view), name="recovery_approve"),
            path("<int:number>/withdraw/", guarded(self.withdraw_view), name="recovery_withdraw"),
        ]
        return [*own, *super().get_urls()]

    @display(description="state", label=COLOURS)  # type: ignore[untyped-decorator]
    def coloured_state(self, asked: RecoveryRequest) -> str:
        return asked.get_state_display()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Ask; what the service refuses stands on the form."""
        form = RecoveryForm(request.POST or None)
        if form.is_valid():
            try:
                asked = request_recovery(actor=_staff(request), **form.asked())
            except DomainError as error:
                form.add_error(None, error.message)
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                return HttpResponseRedirect(self._page_of(asked.pk))
        context = self._context(request, "Ask for a recovery") | {"form": form}
        return TemplateResponse(request, "admin/recovery_request.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """The request, its plan with the consequences, and how far it has come."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        asked = get_object_or_404(self.get_queryset(request), pk=self._number(object_id))
        tables = tables_of(asked.plan)
        context = self._context(request, str(asked)) | {
            "asked": asked,
            "facts": _facts(asked),
            "consequences": read_plan(asked.plan).get("consequences", []),
            "changed": [_as_row(each) for each in tables if not each.is_same],
            "same": sum(each.is_same for each in tables),
            "phases": list(asked.phases.all()),
            "is_planned": asked.state == RecoveryState.PLANNED,
            "is_own": asked.requested_by_id == request.user.pk,
            "may_be_withdrawn": asked.state not in OVER,
            "next_command": _next_command(asked),
        }
        return TemplateResponse(request, "admin/recovery.html", context)

    def approve_view(self, request: HttpRequest, number: int) -> HttpResponseBase:
        """It weighs as much as the data, so whoever approves shows anew that it is they."""
        if not has_recent_proof(request):
            return ask_for_proof(request)
        return self._act(
            request,
            number,
            lambda: approve(
                request_id=number,
                actor=_staff(request),
                plan_sha256=request.POST.get("plan_sha256", ""),
                has_proved=has_recent_proof(request),
            ),
            "Approved for 24 hours.",
        )

    def withdraw_view(self, request: HttpRequest, number: int) -> HttpResponseBase:
        return self._act(
            request,
            number,
            lambda: withdraw(request_id=number, actor=_staff(request)),
            "Withdrawn.",
        )

    def _act(
        self, request: HttpRequest, number: int, act: Callable[[], object], done: str
    ) -> HttpResponseBase:
        if request.method == "POST":
            try:
                act()
            except DomainError as error:
                self.message_user(request, error.message, messages.ERROR)
            else:
                self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(self._page_of(number))

    def _page_of(self, number: int) -> str:
        return reverse("platform_admin:maintenance_recoveryrequest_change", args=(number,))

    def _number(self, text: str) -> int:
        return int(text) if text.isdecimal() and len(text) < 19 else 0

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts}


def _facts(asked: RecoveryRequest) -> list[tuple[str, object]]:
    approved = f"{asked.approved_by}, {utc(asked.approved_at)}" if asked.approved_by else ""
    until = utc(asked.undo_until)
    undoing = f"{until}, by manage.py recovery undo {asked.pk}" if until else ""
    facts: list[tuple[str, object]] = [
        ("What", asked.get_kind_display()),
        ("State", asked.get_state_display()),
        ("As it was at (UTC)", f"{asked.target_at:%-d %b %Y, %H:%M:%S}"),
        ("Why", asked.reason),
        ("Asked for by", f"{asked.requested_by}, {utc(asked.requested_at)}"),
        ("Approved by", approved),
        ("Problem", asked.problem),
        ("Finished (UTC)", utc(asked.finished_at)),
        ("Can be undone until (UTC)", undoing),
    ]
    return [(name, value) for name, value in facts if value]


def _as_row(each: TableThen) -> dict[str, str]:
    return {"table": each.table, "now": f"{each.rows_now:,}", "then": f"{each.rows_then:,}"}


def _next_command(asked: RecoveryRequest) -> str:
    """What the operator does next, at the terminal."""
    state, slug = asked.state, asked.organization_slug
    if state in (RecoveryState.REQUESTED, RecoveryState.VOID):
        return f"manage.py recovery plan {asked.pk}"
    if state in (RecoveryState.APPROVED, RecoveryState.FAILED, RecoveryState.RUNNING):
        return f"manage.py recovery run {asked.pk}"
    if state == RecoveryState.DONE and asked.kind == RecoveryKind.ORGANIZATION:
        return f"manage.py suspend_organization {slug} --resume"
    return ""


def _staff(request: HttpRequest) -> User:
    """Who acts; the site lets in nobody else."""
    return cast(User, request.user)
