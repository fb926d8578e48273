"""Aircraft in the fleet admin."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts.admin_site import fleet_admin
from accounts.model_admin import Counted, OrganizationModelAdmin, link, membership_of
from accounts.roles import Resource
from aviation.common.admin_fields import ShallowJSONField
from aviation.fleet.choices import AircraftStatus
from aviation.fleet.models import Aircraft
from aviation.fleet.querysets import AircraftQuerySet
from aviation.fleet.services import change_aircraft, register_aircraft, remove_aircraft
from aviation.fleet.specifications import check_specifications

STATUS_COLOURS = {
    AircraftStatus.ACTIVE: "success",
    AircraftStatus.MAINTENANCE: "warning",
    AircraftStatus.GROUNDED: "danger",
    AircraftStatus.RETIRED: "default",
}


class AircraftForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Aircraft
        fields: Any = "__all__"
        field_classes: ClassVar[dict[str, Any]] = {"specifications": ShallowJSONField}

    def clean_specifications(self) -> dict[str, Any]:
        try:
            return check_specifications(self.cleaned_data["specifications"] or {})
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class MaintenanceFilter(admin.SimpleListFilter):
    title = "next maintenance"
    parameter_name = "maintenance"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("overdue", "Overdue"),
            ("7", "Due within 7 days"),
            ("30", "Due within 30 days"),
            ("none", "No date"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Aircraft]) -> Any:
        fleet = cast(AircraftQuerySet, queryset)
        today = timezone.localdate(timezone=membership_of(request).organization.zone)
        match self.value():
            case "overdue":
                return fleet.maintenance_overdue(today)
            case "7" | "30" as days:
                return fleet.maintenance_due_within(int(days), today)
            case "none":
                return fleet.filter(next_maintenance_on=None)
        return fleet


@admin.register(Aircraft, site=fleet_admin)
class AircraftAdmin(OrganizationModelAdmin):
    resource = Resource.AIRCRAFT
    place = 10
    icon = "helicopter"
    counted = (
        Counted("Aircraft"),
        Counted("Grounded", {"status": AircraftStatus.GROUNDED.value}, is_worrying=True),
    )
    form = AircraftForm
    list_display = (
        "registration",
        "name",
        "aircraft_type",
        "maker",
        "status_label",
        "next_maintenance_on",
        "flights",
    )
    list_filter = ("status", "aircraft_type", MaintenanceFilter)
    search_fields = ("registration", "name", "serial_number", "manufacturer", "model")
    fields = (
        ("registration", "name"),
        ("aircraft_type", "status"),
        ("manufacturer", "model"),
        ("serial_number", "next_maintenance_on"),
        "specifications",
        "created_at",
    )
    readonly_fields = ("created_at",)

    def view_on_site(self, aircraft: Aircraft) -> str:
        return aircraft.get_absolute_url()

    @admin.display(description="manufacturer and model")
    def maker(self, aircraft: Aircraft) -> str:
        return f"{aircraft.manufacturer} {aircraft.model}".strip()

    @display(  # type: ignore[untyped-decorator]
        description="status", ordering="status", label=STATUS_COLOURS
    )
    def status_label(self, aircraft: Aircraft) -> tuple[str, str]:
        return aircraft.status, aircraft.get_status_display()

    @admin.display(description="flights")
    def flights(self, aircraft: Aircraft) -> SafeString:
        place = reverse("fleet_admin:flights_flightsession_changelist")
        return link(f"{place}?aircraft={aircraft.pk}", "Show flights")

    def save_model(self, request: HttpRequest, obj: Aircraft, form: Any, change: bool) -> None:
        membership = membership_of(request)
        entered = {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            change_aircraft(aircraft=obj, membership=membership, **entered)
        else:
            obj.pk = register_aircraft(membership=membership, **entered).pk

    def delete_model(self, request: HttpRequest, obj: Aircraft) -> None:
        remove_aircraft(aircraft=obj, membership=membership_of(request))
