"""The forms of signing in and of choosing a password."""

from __future__ import annotations

from django import forms


class SignInForm(forms.Form):
    """What is typed; whether it is right is found out elsewhere, within limits."""

    username = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeInput(forms.PasswordInput):
    """Shown while it is typed, and empty again after a wrong one."""

    input_type = "text"


class SecondStepForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=64,
        help_text="Six digits from your authenticator app, or one of your recovery codes.",
        widget=CodeInput(
            attrs={
                "autofocus": True,
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


class AskForResetForm(forms.Form):
    email = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "email"}),
    )
