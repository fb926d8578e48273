"""The executive summary across organizations, in the platform's admin. Each look is on record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from accounts.admin import PlatformModelAdmin
from accounts.admin_site import platform_admin
from analytics.platform.reading import PlatformSummary, platform_summary
from analytics.reports import csv_file, pdf_file
from analytics.reports.about import About, file_name
from aviation.audit.events import record_event
from aviation.pages.platform.page import ALL_NAME, about_line, about_whole, platform_page
from aviation.tenants.models import OrganizationFigures

NAMES_TOLD = 400
"""Characters of the organizations' codes in an event."""


@admin.register(OrganizationFigures, site=platform_admin)
class PlatformSummaryAdmin(PlatformModelAdmin):
    """A page in the place of the list; there is nothing to open or to change."""

    place = 15
    icon = "monitoring"
    title = "All organizations' figures"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and self.admin_site.has_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        found, now = platform_summary(timezone.now()), timezone.now()
        wanted = request.GET.get("format", "")
        kind = wanted if wanted in ("csv", "pdf") else "page"
        _put_on_record(found, kind)
        about = about_whole(found, now)
        if kind == "csv":
            lines = [(line.summary, about_line(line, now)) for line in found.lines]
            known = [(summary, each) for summary, each in lines if summary is not None]
            content = csv_file.summaries_csv([*known, (found.whole, about)])
            return _download(content, csv_file.CONTENT_TYPE, found, about, kind)
        if kind == "pdf":
            content = pdf_file.summary_pdf(found.whole, about)
            return _download(content, pdf_file.CONTENT_TYPE, found, about, kind)
        context = {
            **self.admin_site.each_context(request),
            "title": ALL_NAME,
            "opts": self.opts,
            **platform_page(found, about),
        }
        return TemplateResponse(request, "admin/platform_summary.html", context)


def _put_on_record(found: PlatformSummary, kind: str) -> None:
    """Before anything is shown, and with it: who sees the page is on record, or sees nothing."""
    period, seen = found.whole.period, [line.slug for line in found.lines if line.summary]
    record_event(
        "analytics.platform_viewed",
        details={
            "as": kind,
            "from": period.start.isoformat(),
            "to": period.last_day.isoformat(),
            "organizations": str(len(seen)),
            "which": ", ".join(seen)[:NAMES_TOLD],
        },
    )


def _download(
    content: bytes, content_type: str, found: PlatformSummary, about: About, kind: str
) -> HttpResponse:
    response = HttpResponse(content, content_type)
    name = file_name(about, found.whole.period, kind)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Cache-Control"] = "private, no-store"
    return response
