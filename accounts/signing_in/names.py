"""Refusing passwords made of names that a guesser tries first: the product's and the person's."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError

PRODUCT_NAMES = ("dbxaviation", "dbx", "aviation")
SHORTEST_NAME = 3
LETTERS_OF_ITS_OWN = 6
"""How many letters a password must have beside the names in it."""


class NamesValidator:
    """A name may be a part of a password, not the substance of it."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = password.lower()
        for name in _names(user):
            rest = rest.replace(name, "")
        letters = sum(each.isalpha() for each in rest)
        if len(rest) < len(password) and letters < LETTERS_OF_ITS_OWN:
            raise ValidationError(
                "This password is little more than your name or ours.", code="password_of_names"
            )

    def get_help_text(self) -> str:
        return "Your password can’t be made of your own name or the product’s."


def _names(user: Any) -> list[str]:
    """Longest first, so that no name leaves a piece of a longer one behind."""
    own = f"{getattr(user, 'full_name', '')} {getattr(user, 'email', '')}".lower()
    words = {word for word in re.split(r"[\W_]+", own) if len(word) >= SHORTEST_NAME}
    return sorted({*words, *PRODUCT_NAMES}, key=len, reverse=True)
