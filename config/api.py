"""Every route of the API. Served at /api/v1/ and, for one organization, at /o/<slug>/api/v1/.

Ids are taken as text: the views answer a malformed one as they answer one that does not exist.
"""

from __future__ import annotations

from django.urls import include, path

from accounts.roles import Action
from analytics.api import (
    AnalyticsViewSet,
    DailyAnalysesViewSet,
    DailyAnomaliesViewSet,
    DailyFlightsViewSet,
)
from aviation.fleet.api import AircraftViewSet
from aviation.flights.api import FlightLogViewSet, FlightViewSet
from aviation.mlresults.api import AnalysisViewSet, FindingViewSet
from aviation.telemetry.api import TelemetryViewSet
from aviation.telemetry.ingest.api import IngestViewSet
from aviation.telemetry.quality.api import QualityViewSet
from aviation.telemetry.reading.api import ReadingViewSet

app_name = "api"

CHANGES = {"POST": Action.CHANGE}

aircraft, flights, logs = AircraftViewSet.as_view, FlightViewSet.as_view, FlightLogViewSet.as_view
telemetry, points = TelemetryViewSet.as_view, IngestViewSet.as_view
reading = ReadingViewSet.as_view
quality = QualityViewSet.as_view
analyses, findings = AnalysisViewSet.as_view, FindingViewSet.as_view
analytics = AnalyticsViewSet.as_view

urlpatterns = [
    path("auth/", include("accounts.tokens.urls")),
    path("aircraft/", aircraft({"get": "list", "post": "create"}), name="aircraft-list"),
    path("aircraft/positions/", reading({"get": "positions"}), name="aircraft-positions"),
    path(
        "aircraft/<str:aircraft_id>/",
        aircraft({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="aircraft-detail",
    ),
    path("flights/", flights({"get": "list", "post": "create"}), name="flight-list"),
    path(
        "flights/<str:flight_id>/",
        flights({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="flight-detail",
    ),
    path(
        "flights/<str:flight_id>/start/",
        flights({"post": "start"}, action_of_method=CHANGES),
        name="flight-start",
    ),
    path(
        "flights/<str:flight_id>/complete/",
        flights({"post": "complete"}, action_of_method=CHANGES),
        name="flight-complete",
    ),
    path(
        "flights/<str:flight_id>/abort/",
        flights({"post": "abort"}, action_of_method=CHANGES),
        name="flight-abort",
    ),
    path(
        "flights/<str:flight_id>/telemetry/",
        points({"get": "window", "post": "for_flight"}),
        name="telemetry",
    ),
    path("telemetry/", points({"post": "for_aircraft"}), name="telemetry-ingest"),
    path("telemetry/nearby/", reading({"get": "nearby"}), name="telemetry-nearby"),
    path(
        "flights/<str:flight_id>/telemetry/statistics/",
        reading({"get": "statistics"}),
        name="telemetry-statistics",
    ),
    path(
        "flights/<str:flight_id>/telemetry/export/",
        reading({"get": "export"}),
        name="telemetry-export",
    ),
    path("flights/<str:flight_id>/overview/", telemetry({"get": "overview"}), name="overview"),
    path("flights/<str:flight_id>/quality/", quality({"get": "of_flight"}), name="quality"),
    path("flight-logs/", logs({"get": "list", "post": "create"}), name="flight-log-list"),
    path("flight-logs/<str:log_id>/", logs({"get": "retrieve"}), name="flight-log-detail"),
    path("flight-logs/<str:log_id>/raw/", logs({"get": "raw"}), name="flight-log-raw"),
    path(
        "flight-logs/<str:log_id>/retry/",
        logs({"post": "retry"}, action_of_method=CHANGES),
        name="flight-log-retry",
    ),
    path("analyses/", analyses({"get": "list"}), name="analysis-list"),
    path("analyses/<str:analysis_id>/", analyses({"get": "retrieve"}), name="analysis-detail"),
    path("findings/", findings({"get": "list"}), name="finding-list"),
    path("findings/<str:finding_id>/", findings({"get": "retrieve"}), name="finding-detail"),
    path("analytics/summary/", analytics({"get": "summary"}), name="analytics-summary"),
    path(
        "analytics/flights/", DailyFlightsViewSet.as_view({"get": "list"}), name="analytics-flights"
    ),
    path(
        "analytics/analyses/",
        DailyAnalysesViewSet.as_view({"get": "list"}),
        name="analytics-analyses",
    ),
    path(
        "analytics/anomalies/",
        DailyAnomaliesViewSet.as_view({"get": "list"}),
        name="analytics-anomalies",
    ),
    path(
        "analytics/risk-profile/",
        analytics({"get": "risk_profile"}),
        name="analytics-risk-profile",
    ),
    path("analytics/wear/", analytics({"get": "wear"}), name="analytics-wear"),
    path("analytics/activity/", analytics({"get": "activity"}), name="analytics-activity"),
    path("analytics/utilisation/", analytics({"get": "utilisation"}), name="analytics-utilisation"),
]
