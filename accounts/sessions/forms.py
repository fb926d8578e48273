from __future__ import annotations

from typing import Any

from django import forms


class ConfirmForm(forms.Form):
    """The password once more, and a code where a second step is set up."""

    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "autofocus": True},
        ),
    )
    code = forms.CharField(
        label="Code from your authenticator app",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
        help_text="A recovery code will do as well.",
    )

    def __init__(self, *args: Any, asks_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_code:
            del self.fields["code"]
