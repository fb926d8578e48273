"""The longest password: far beyond any person's, and short of what would keep a hasher busy."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

LONGEST_PASSWORD = 4_096


class LongestPasswordValidator:
    """What could be set and then not be typed at sign-in would lock its owner out."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > LONGEST_PASSWORD:
            raise ValidationError(
                f"A password has at most {LONGEST_PASSWORD:,} characters.",
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return ""
