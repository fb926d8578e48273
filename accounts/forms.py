from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm

from accounts.models import User


class SignInForm(AuthenticationForm):
    """E-mail and password; the message is the same whatever was wrong."""

    username = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    error_messages = {
        "invalid_login": "This e-mail and password do not match an account here.",
        "inactive": "This e-mail and password do not match an account here.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].strip = False  # type: ignore[attr-defined]


class ChoosePasswordForm(PasswordResetForm):
    """Mails the link also to those who have no password yet: this is how they get their first."""

    def get_users(self, email: str) -> Iterator[User]:
        return User.objects.filter(email=email.lower(), is_active=True).iterator()
