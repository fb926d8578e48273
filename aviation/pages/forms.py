from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Membership
from aviation.fleet.models import Aircraft


class MultipleFileInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class MultipleFileField(forms.FileField):
    """Several files at once; ``clean`` answers a list."""

    widget = MultipleFileInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        clean = super().clean
        # None is refused in the field's own words, an empty list would pass for an upload.
        return [clean(each, initial) for each in files or [None]]


class UploadForm(forms.Form):
    """One or more logs of one aircraft."""

    aircraft = forms.ModelChoiceField(
        queryset=Aircraft.objects.none(), empty_label="Choose the aircraft"
    )
    file = MultipleFileField(label="Log files", allow_empty_file=True)

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        flyable = Aircraft.objects.visible_to(membership).flyable()
        field = self.fields["aircraft"]
        field.queryset = flyable  # type: ignore[attr-defined]
        if flyable.count() == 1:
            field.initial = flyable.get()
