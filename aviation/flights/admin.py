"""Flights and logs in the fleet admin."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.admin_site import fleet_admin
from accounts.model_admin import (
    Counted,
    OrganizationInline,
    OrganizationModelAdmin,
    link,
    membership_of,
    utc,
)
from accounts.models import Membership
from accounts.roles import Action, Resource
from aviation.flights.choices import FlightState, LogState
from aviation.flights.deleting import cautions, consequences, delete_flight
from aviation.flights.editing import WHILE_PLANNED, change_flight
from aviation.flights.logs import retry_import
from aviation.flights.models import FlightLog, FlightSession
from aviation.flights.services import abort_flight, complete_flight, plan_flight, start_flight

FLIGHT_COLOURS = {
    FlightState.PLANNED: "default",
    FlightState.IN_PROGRESS: "info",
    FlightState.COMPLETED: "success",
    FlightState.ABORTED: "warning",
}
LOG_COLOURS = {
    LogState.RECEIVED: "default",
    LogState.IMPORTING: "info",
    LogState.IMPORTED: "success",
    LogState.FAILED: "danger",
}


def megabytes(log: FlightLog) -> str:
    return f"{log.size_bytes / 1e6:.2f} MB"


class LogInline(OrganizationInline):
    resource = Resource.FLIGHT_LOG
    model = FlightLog
    fields = ("file_link", "state", "size", "received")
    readonly_fields = fields
    ordering = ("created_at",)
    verbose_name_plural = "logs of this flight"

    @admin.display(description="file")
    def file_link(self, log: FlightLog) -> SafeString:
        place = reverse("fleet_admin:flights_flightlog_change", args=(log.pk,))
        return link(place, log.file_name)

    @admin.display(description="size")
    def size(self, log: FlightLog) -> str:
        return megabytes(log)

    @admin.display(description="received (UTC)")
    def received(self, log: FlightLog) -> str | None:
        return utc(log.created_at)


@admin.register(FlightSession, site=fleet_admin)
class FlightAdmin(OrganizationModelAdmin):
    """Flights are planned and followed here; what a log says about one cannot be written."""

    resource = Resource.FLIGHT
    place = 20
    icon = "flight_takeoff"
    counted = (
        Counted("Flights"),
        Counted("In progress", {"state": FlightState.IN_PROGRESS.value}),
    )
    list_select_related = ("aircraft", "pilot__user")
    list_display = ("start_utc", "aircraft", "pilot", "state_label", "in_the_air", "distance")
    list_filter = ("state", "has_flight", "started_at")
    linked_by = frozenset({"aircraft"})
    search_fields = (
        "aircraft__registration",
        "aircraft__name",
        "pilot__user__full_name",
        "notes",
    )
    ordering = ("-started_at", "-id")
    autocomplete_fields = ("aircraft", "pilot")
    inlines = (LogInline,)
    actions = ("start", "complete", "abort")
    entered = (("aircraft", "pilot"), "started_at", "notes")
    told = (
        ("state", "has_flight", "ended_at"),
        ("in_the_air", "distance", "height"),
        "clock",
    )
    readonly_fields = ("state", "has_flight", "ended_at", *told[1], "clock")

    def view_on_site(self, flight: FlightSession) -> str:
        return flight.get_absolute_url()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What the confirmation names; nothing there needs a permission of its own."""
        named = [line for flight in objs for line in (*cautions(flight), *consequences(flight))]
        return named, {}, set(), []

    def delete_model(self, request: HttpRequest, obj: FlightSession) -> None:
        delete_flight(flight=obj, membership=membership_of(request))

    def get_fields(self, request: HttpRequest, obj: FlightSession | None = None) -> Any:
        return (*self.entered, *self.told) if obj else self.entered

    def get_inlines(self, request: HttpRequest, obj: FlightSession | None = None) -> Any:
        return self.inlines if obj else ()

    def get_readonly_fields(
        self, request: HttpRequest, obj: FlightSession | None = None
    ) -> tuple[str, ...]:
        fixed = () if obj is None or obj.state == FlightState.PLANNED else tuple(WHILE_PLANNED)
        return (*self.readonly_fields, *fixed)

    def get_field_queryset(
        self, db: str | None, db_field: Any, request: HttpRequest
    ) -> models.QuerySet[Any]:
        found = super().get_field_queryset(db, db_field, request)
        return found.filter(ended_at=None) if db_field.name == "pilot" else found

    def save_model(self, request: HttpRequest, obj: FlightSession, form: Any, change: bool) -> None:
        membership = membership_of(request)
        entered = {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            change_flight(flight=obj, membership=membership, **entered)
        else:
            obj.pk = plan_flight(membership=membership, **entered).pk

    @admin.action(description="Start: the aircraft departs now", permissions=["change"])
    def start(self, request: HttpRequest, chosen: models.QuerySet[FlightSession]) -> None:
        self._move(request, chosen, start_flight, "{count} started.")

    @admin.action(description="Complete: the flight has ended now", permissions=["change"])
    def complete(self, request: HttpRequest, chosen: models.QuerySet[FlightSession]) -> None:
        self._move(request, chosen, complete_flight, "{count} completed.")

    @admin.action(description="Abort: the flight is broken off", permissions=["change"])
    def abort(self, request: HttpRequest, chosen: models.QuerySet[FlightSession]) -> None:
        self._move(request, chosen, abort_flight, "{count} aborted.")

    def _move(
        self, request: HttpRequest, chosen: models.QuerySet[FlightSession], act: Any, done: str
    ) -> None:
        move = partial(act, membership=membership_of(request), at=timezone.now())
        self.act_on_each(request, chosen, lambda flight: move(flight=flight), done)

    @display(  # type: ignore[untyped-decorator]
        description="state", ordering="state", label=FLIGHT_COLOURS
    )
    def state_label(self, flight: FlightSession) -> tuple[str, str]:
        return flight.state, flight.get_state_display()

    @admin.display(description="start (UTC)", ordering="started_at")
    def start_utc(self, flight: FlightSession) -> str | None:
        return utc(flight.started_at)

    @admin.display(description="in the air", ordering="airborne_s", empty_value="—")
    def in_the_air(self, flight: FlightSession) -> str | None:
        if flight.airborne_s is None:
            return None
        minutes, seconds = divmod(round(flight.airborne_s), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"

    @admin.display(ordering="distance_m", empty_value="—")
    def distance(self, flight: FlightSession) -> str | None:
        return None if flight.distance_m is None else f"{flight.distance_m / 1_000:.2f} km"

    @admin.display(description="greatest height", empty_value="—")
    def height(self, flight: FlightSession) -> str | None:
        return None if flight.max_height_m is None else f"{flight.max_height_m:.0f} m"

    @admin.display(description="date and time from")
    def clock(self, flight: FlightSession) -> str:
        return flight.clock_note


@admin.register(FlightLog, site=fleet_admin)
class FlightLogAdmin(OrganizationModelAdmin):
    """Logs with what became of them. They come in on the upload page, by the API or by command."""

    resource = Resource.FLIGHT_LOG
    is_machine_owned = True
    place = 30
    icon = "description"
    how_it_fills = "Pilots upload them on the page Upload log."
    counted = (
        Counted(
            "Logs being read", {"state__in": [LogState.RECEIVED.value, LogState.IMPORTING.value]}
        ),
        Counted("Logs not readable", {"state": LogState.FAILED.value}, is_worrying=True),
    )
    list_select_related = ("aircraft", "uploaded_by__user", "session__aircraft")
    list_display = ("file_name", "aircraft", "state_label", "size", "uploaded_by", "received")
    list_filter = ("state", "created_at")
    search_fields = ("file_name", "aircraft__registration", "error_message")
    fields = (
        ("download", "size"),
        ("aircraft", "flight"),
        ("state", "attempts"),
        "error_message",
        "report",
        ("format", "firmware"),
        ("hardware", "uploaded_by"),
        "sha256",
        ("created_at", "imported_at"),
    )
    readonly_fields = tuple(
        name for row in fields for name in (row if isinstance(row, tuple) else (row,))
    )
    actions = ("retry",)

    def view_on_site(self, log: FlightLog) -> str:
        return log.get_absolute_url()

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return membership_of(request).may(Action.CHANGE, Resource.FLIGHT_LOG)

    @admin.action(description="Read again what could not be read", permissions=["retry"])
    def retry(self, request: HttpRequest, chosen: models.QuerySet[FlightLog]) -> None:
        membership: Membership = membership_of(request)
        self.act_on_each(
            request,
            chosen,
            lambda log: retry_import(log=log, membership=membership),
            "{count} will be read again.",
        )

    @display(  # type: ignore[untyped-decorator]
        description="state", ordering="state", label=LOG_COLOURS
    )
    def state_label(self, log: FlightLog) -> tuple[str, str]:
        return log.state, log.get_state_display()

    @admin.display(ordering="size_bytes")
    def size(self, log: FlightLog) -> str:
        return megabytes(log)

    @admin.display(description="received (UTC)", ordering="created_at")
    def received(self, log: FlightLog) -> str | None:
        return utc(log.created_at)

    @admin.display(description="file")
    def download(self, log: FlightLog) -> SafeString:
        place = reverse("raw-log", kwargs={"log_id": log.pk})
        return link(place, f"Download {log.file_name}")

    @admin.display(empty_value="—")
    def flight(self, log: FlightLog) -> SafeString | None:
        if log.session is None:
            return None
        place = reverse("fleet_admin:flights_flightsession_change", args=(log.session_id,))
        return link(place, log.session)

    @admin.display(description="import report", empty_value="—")
    def report(self, log: FlightLog) -> SafeString | None:
        notes = [(each.get("kind", ""), each.get("text", "")) for each in log.import_report]
        if not notes:
            return None
        return format_html_join("", "<p>{}: {}</p>", notes)
