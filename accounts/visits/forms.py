from __future__ import annotations

from django import forms

from accounts.visits.services import SHORTEST_REASON, VISIT_ROLES


class VisitForm(forms.Form):
    """Why, and how far. The organization's administrators read the reason."""

    reason = forms.CharField(
        min_length=SHORTEST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the organization's audit trail, where its administrators read it.",
    )
    role = forms.ChoiceField(
        label="What for",
        choices=[(role.value, text) for role, text in VISIT_ROLES.items()],
    )
