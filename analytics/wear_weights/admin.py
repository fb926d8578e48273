"""The weights of the wear score in the fleet admin: entered, previewed on the fleet, confirmed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.admin_site import fleet_admin
from accounts.model_admin import OrganizationModelAdmin, membership_of, utc
from accounts.roles import Action, Resource
from analytics.calculations.wear_weights import NAMES
from analytics.models import WearWeights
from analytics.reading.wear import weights_in_use
from analytics.wear_weights.forms import WearWeightsForm
from analytics.wear_weights.services import activate_weights, preview

CONFIRM = "_confirm"
EDIT = "_edit"


@admin.register(WearWeights, site=fleet_admin)
class WearWeightsAdmin(OrganizationModelAdmin):
    """A version is added and never changed; adding one shows first what it would do."""

    resource = Resource.ANALYTICS
    place = 45
    icon = "tune"
    title = "Wear weights"
    list_before_template = "admin/_wear_weights_note.html"
    list_display = ("number", "in_use", "note", "created_by", "made_at")
    list_filter = ("is_active",)
    search_fields = ("note",)
    list_select_related = ("created_by__user",)
    fields = (
        ("number", "in_use"),
        ("note", "created_by", "made_at"),
        *NAMES,
    )
    readonly_fields = ("in_use", "made_at")

    def may(self, request: HttpRequest, action: Action) -> bool:
        """Who may change the analytics adds a version; a version itself is never changed."""
        if action == Action.ADD:
            return membership_of(request).may(Action.CHANGE, self.resource)
        return action == Action.VIEW and super().may(request, action)

    @display(description="in use", boolean=True, ordering="is_active")  # type: ignore[untyped-decorator]
    def in_use(self, row: WearWeights) -> bool:
        return row.is_active

    @admin.display(description="made (UTC)", ordering="created_at")
    def made_at(self, row: WearWeights) -> str | None:
        return utc(row.created_at)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The form; posted, the preview; confirmed, the new version."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        number, weights = weights_in_use()
        if request.method != "POST":
            form = WearWeightsForm(initial={**asdict(weights), "replacing": number})
            return self._page(request, "form", form=form)
        form = WearWeightsForm(request.POST.dict())
        if not form.is_valid() or EDIT in request.POST:
            return self._page(request, "form", form=form)
        if CONFIRM in request.POST:
            return self._told_of_refusal(self._activated, request, form)
        # Shown is what the weights would change now, whatever the form was made from.
        form.data = {**form.data, "replacing": number}
        lines = preview(form.weights, timezone.now())
        return self._page(request, "preview", form=form, lines=lines, number=number)

    def _activated(self, request: HttpRequest, form: WearWeightsForm) -> HttpResponseBase:
        row = activate_weights(
            membership=membership_of(request),
            weights=form.weights,
            note=form.cleaned_data["note"],
            replacing=form.cleaned_data["replacing"],
        )
        self.message_user(request, f"{row} is in use from now on.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("fleet_admin:analytics_wearweights_changelist"))

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponseBase:
        shown = {
            **self.admin_site.each_context(request),
            "title": "New weights of the wear score",
            "opts": self.opts,
            **context,
        }
        return TemplateResponse(request, f"admin/wear_weights_{name}.html", shown)
