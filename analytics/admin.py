"""When the fleet's figures were made, and what went wrong: the product writes it, people read."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from accounts.admin_site import fleet_admin
from accounts.model_admin import Counted, OrganizationModelAdmin, utc
from accounts.roles import Resource
from analytics.models import ViewRefresh

NAMES = {
    "analytics_dailyflights": "Flights by day",
    "analytics_dailyanalyses": "Risk by day",
    "analytics_dailyanomalies": "Anomalies by day",
    "analytics_dailylevels": "Risk levels by day",
    "analytics_dailypilots": "Pilots by day",
    "analytics_weeklyspreads": "Durations and risks by week",
}


@admin.register(ViewRefresh, site=fleet_admin)
class ViewRefreshAdmin(OrganizationModelAdmin):
    resource = Resource.ANALYTICS
    is_machine_owned = True
    place = 47
    icon = "update"
    title = "Figures"
    counted = (Counted("Figures not refreshed", {"failures__gt": 0}, is_worrying=True),)
    list_display = ("name", "refreshed", "row_count", "took_ms", "outcome")
    fields = ("name", "refreshed", "row_count", "took_ms", "outcome", "failed", "error")
    readonly_fields = fields

    @admin.display(description="figures")
    def name(self, refresh: ViewRefresh) -> str:
        return NAMES.get(refresh.view, refresh.view)

    @admin.display(description="refreshed (UTC)", ordering="refreshed_at")
    def refreshed(self, refresh: ViewRefresh) -> str | None:
        return utc(refresh.refreshed_at)

    @admin.display(description="failed (UTC)")
    def failed(self, refresh: ViewRefresh) -> str | None:
        return utc(refresh.failed_at)

    @display(description="last try", label={"Done": "success", "Failed": "danger"})  # type: ignore[untyped-decorator]
    def outcome(self, refresh: ViewRefresh) -> str:
        return "Failed" if refresh.failed_at else "Done"
