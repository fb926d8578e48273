from __future__ import annotations

import pyrage
from django.core.exceptions import ValidationError
from pyrage import x25519


def check_public_key(text: str, *, field: str) -> None:
    """Raise ValidationError, for this field of a form, unless it is a public age key."""
    try:
        x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise ValidationError({field: "This is no public age key (age1...)."}) from None
