"""Routes inside an organization, written without their /o/<slug>/ prefix."""

from __future__ import annotations

from django.urls import include, path

from aviation.pages.views import aircraft, analytics, dashboard, flights, live, logs, summary
from config.admin import fleet_admin

handler404 = "aviation.common.error_views.not_found"
handler500 = "aviation.common.error_views.server_error"

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("flights/", flights.flight_list, name="flight-list"),
    path("flights/<uuid:flight_id>/", flights.flight_detail, name="flight-detail"),
    path("flights/<uuid:flight_id>/charts/", flights.flight_charts, name="flight-charts"),
    path("flights/<uuid:flight_id>/stream/", flights.flight_stream, name="flight-stream"),
    path("flights/<uuid:flight_id>/delete/", flights.flight_delete, name="flight-delete"),
    path("live/", live.live_map, name="live-map"),
    path("live/positions/", live.live_positions, name="live-positions"),
    path("live/trails/", live.live_trails, name="live-trails"),
    path("upload/", logs.upload, name="upload"),
    path("logs/<uuid:log_id>/", logs.log_detail, name="log-detail"),
    path("logs/<uuid:log_id>/status/", logs.log_status, name="log-status"),
    path("logs/<uuid:log_id>/retry/", logs.log_retry, name="log-retry"),
    path("logs/<uuid:log_id>/raw/", logs.raw_log, name="raw-log"),
    path("aircraft/", aircraft.aircraft_list, name="aircraft-list"),
    path("aircraft/<uuid:aircraft_id>/", aircraft.aircraft_detail, name="aircraft-detail"),
    path("analytics/", analytics.overview, name="analytics"),
    path("analytics/activity/", analytics.activity, name="analytics-activity"),
    path("analytics/utilisation/", analytics.utilisation, name="analytics-utilisation"),
    path("analytics/risk/", analytics.risk, name="analytics-risk"),
    path("analytics/maintenance/", analytics.maintenance, name="analytics-maintenance"),
    path("analytics/summary/", summary.summary, name="analytics-summary"),
    path("analytics/summary.csv", summary.summary_csv, name="analytics-summary-csv"),
    path("analytics/summary.pdf", summary.summary_pdf, name="analytics-summary-pdf"),
    path("analytics/summary/mail/", summary.summary_mail, name="analytics-summary-mail"),
    path("analytics/refresh/", analytics.refresh, name="analytics-refresh"),
    path("members/", include("accounts.members.urls")),
    path("keys/", include("accounts.api_keys.urls")),
    path("admin/", fleet_admin.urls),
    path("api/v1/", include("config.api")),
]
