"""The one thing typed on these pages: a code."""

from __future__ import annotations

from typing import Any

from django import forms

LONGEST_CODE = 60


class FirstCodeForm(forms.Form):
    """The code that the app shows right after it was set up."""

    code = forms.CharField(
        label="Code from the app",
        max_length=LONGEST_CODE,
        help_text="Six digits. The app shows new ones every 30 seconds.",
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Type the six digits that the app shows."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Sent back with an error the field is what to look at; before, the picture above it."""
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self.fields["code"].widget.attrs["autofocus"] = True
