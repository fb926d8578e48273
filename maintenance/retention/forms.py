"""The form a legal hold is placed with."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from aviation.fleet.models import Aircraft
from maintenance.retention.choices import HoldScope
from maintenance.retention.models import LegalHold

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class LegalHoldForm(forms.ModelForm):  # type: ignore[type-arg]
    """What it covers is picked, or for a flight named by the address of its page."""

    AIRCRAFT = Aircraft
    aircraft = forms.ModelChoiceField(
        Aircraft.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="For a hold on one aircraft, with all of its flights.",
    )
    flight = forms.CharField(
        max_length=300,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="For a hold on one flight: the address of its page.",
    )

    class Meta:
        model = LegalHold
        fields = ("scope", "ground", "until")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["object_id"] = self._object_id(values)
        # The model's own rule is asked for what it covers too.
        self.instance.object_id = values["object_id"]
        return values

    def _object_id(self, values: dict[str, Any]) -> uuid.UUID | None:
        if values.get("scope") == HoldScope.AIRCRAFT:
            aircraft = values.get("aircraft")
            if aircraft is None and "aircraft" not in self.errors:
                self.add_error("aircraft", "Choose the aircraft.")
            return None if aircraft is None else aircraft.pk
        if values.get("scope") == HoldScope.FLIGHT:
            found = _ID.search(values.get("flight") or "")
            if found is None:
                self.add_error("flight", "Give the address of the flight's page.")
            return None if found is None else uuid.UUID(found[0])
        return None
