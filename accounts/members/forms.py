from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator

from accounts.members.services import roles_to_give
from accounts.models import Membership, User
from accounts.profile.forms import LONGEST_PASSWORD, RULES_IN_WORDS

PLAIN_NAME = RegexValidator(
    r"\A[^\W\d_][\w .'’-]*\Z", "Letters, spaces, dots, hyphens and apostrophes only."
)
"""What we put into a mail to a stranger: a name, nothing that a mail program makes a link of."""


class RoleField(forms.ChoiceField):
    """One of the roles that the actor may give."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=(), **kwargs)

    def offer(self, actor: Membership) -> None:
        self.choices = roles_to_give(actor)


class InviteForm(forms.Form):
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    full_name = forms.CharField(
        label="Name",
        max_length=60,
        required=False,
        validators=[PLAIN_NAME],
        help_text="For the first line of the mail.",
    )
    role = RoleField(label="Role")

    def __init__(self, *args: Any, actor: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].offer(actor)  # type: ignore[attr-defined]
        self.initial.setdefault("role", "pilot")


class RoleForm(forms.Form):
    role = RoleField(label="New role")

    def __init__(self, *args: Any, actor: Membership, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].offer(actor)  # type: ignore[attr-defined]
        self.initial["role"] = member.role


class JoinForm(forms.Form):
    """A new person's name and password."""

    full_name = forms.CharField(
        label="Your name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=RULES_IN_WORDS,
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "password" in values:
            person = User(email=self.email, full_name=values.get("full_name", ""))
            try:
                validate_password(values["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values
