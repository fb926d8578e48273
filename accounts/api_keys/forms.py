"""What a person fills in to make a key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.api_keys.granting import checked_networks
from accounts.api_keys.wording import scope_choices
from accounts.models import ApiKey, Membership
from aviation.common.errors import Rejected

NEVER = "never"
LIFETIMES = (
    ("30", "In 30 days"),
    ("90", "In 90 days"),
    ("365", "In a year"),
    (NEVER, "Never"),
)


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Offers the scopes that are of use with ``membership``'s role."""

    scopes = forms.MultipleChoiceField(
        label="What it may do",
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose as little as the program needs. It never may more than you do.",
        error_messages={"required": "Choose what the key may do."},
    )
    lifetime = forms.ChoiceField(label="Ends", choices=LIFETIMES, initial="90")
    networks = forms.CharField(
        label="Only from these networks",
        required=False,
        max_length=3_000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "192.0.2.0/24"}),
        help_text="One to a line, IPv4 or IPv6. Empty: from anywhere.",
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "lifetime", "networks", "rate_limit_per_minute")
        labels = {"name": "Name", "rate_limit_per_minute": "Requests a minute"}
        help_texts = {
            "name": "What the key is for, such as: Ground station, field camp.",
            "rate_limit_per_minute": "Empty: as many as the organization may.",
        }

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership
        self.fields["scopes"].choices = scope_choices(membership.role)  # type: ignore[attr-defined]
        self.fields["rate_limit_per_minute"].min_value = 1  # type: ignore[attr-defined]

    def clean_networks(self) -> list[str]:
        try:
            return checked_networks(self.cleaned_data["networks"].split())
        except Rejected as error:
            raise forms.ValidationError(error.message) from None

    def scope_groups(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """Per group its scopes: as sent, in words, and whether it is chosen."""
        chosen = set(self["scopes"].value() or ())
        return [
            (title, [(scope, words, scope in chosen) for scope, words in choices])
            for title, choices in scope_choices(self.membership.role)
        ]

    def wishes(self) -> dict[str, Any]:
        """The filled-in form as create_api_key takes it."""
        names = ("name", "scopes", "networks", "rate_limit_per_minute")
        return {name: self.cleaned_data[name] for name in names} | {"expires_at": self._end()}

    def _end(self) -> datetime | None:
        days = self.cleaned_data["lifetime"]
        return None if days == NEVER else timezone.now() + timedelta(days=int(days))
