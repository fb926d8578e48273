"""The page that asks for a recovery."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.models import Organization
from maintenance.recovery.asking import SHORTEST_REASON
from maintenance.recovery.choices import RecoveryKind


class RecoveryForm(forms.Form):
    """What and from when. Which fields a kind needs, the service and the database say."""

    kind = forms.ChoiceField(
        label="What comes back",
        choices=[(each.value, each.label) for each in RecoveryKind if each != RecoveryKind.CLUSTER],
        initial=RecoveryKind.ORGANIZATION,
        widget=UnfoldAdminSelectWidget,
        help_text="The whole database is asked for at the terminal, where its new folder is.",
    )
    organization = forms.ChoiceField(label="Of which organization", widget=UnfoldAdminSelectWidget)
    target_at = forms.DateTimeField(
        label="As it was at (UTC)",
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-05-01 12:00:00"}),
        help_text="The second before the mistake, such as 2026-05-01 12:00:00.",
    )
    table_name = forms.CharField(
        label="Table, for missing rows of one table",
        required=False,
        max_length=63,
        widget=UnfoldAdminTextInputWidget,
    )
    flight_id = forms.UUIDField(
        label="Flight's id, for one flight", required=False, widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(
        label="Why",
        min_length=SHORTEST_REASON,
        max_length=2_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Kept in the audit trail, and read by whoever approves.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = Organization.objects.exclude(status=OrganizationStatus.CLOSED).order_by("name")
        field = self.fields["organization"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(each.slug, f"{each.name} ({each.slug})") for each in there]

    def asked(self) -> dict[str, Any]:
        """The arguments of ``request_recovery`` but who asks."""
        given = self.cleaned_data
        return {
            "kind": RecoveryKind(given["kind"]),
            "organization_slug": given["organization"],
            "target_at": given["target_at"].astimezone(UTC),
            "table_name": given["table_name"],
            "flight_id": given["flight_id"],
            "reason": given["reason"],
        }
