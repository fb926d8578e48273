"""The form that new weights are entered in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from analytics.calculations.wear_weights import NAMES, Weights
from analytics.models import WearWeights
from analytics.wear_weights.services import propose

GROUPS = (
    ("Points", NAMES[:7]),
    ("Levels", NAMES[7:10]),
    ("Actions", NAMES[10:]),
)


class WearWeightsForm(forms.Form):
    """One field for each weight, named as the model names it, and why."""

    weights: Weights
    """What was entered, once it is valid."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NAMES:
            model_field: Any = WearWeights._meta.get_field(name)
            widget = UnfoldAdminDecimalFieldWidget(attrs={"step": "any", "min": "0"})
            self.fields[name] = model_field.formfield(widget=widget)
        self.fields["note"] = forms.CharField(
            label="Why", max_length=300, required=False, widget=UnfoldAdminTextInputWidget()
        )
        self.fields["replacing"] = forms.IntegerField(widget=forms.HiddenInput())

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                self.weights = propose(values)
            except ValidationError as error:
                self.add_error(None, error)
        return values

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in GROUPS]
