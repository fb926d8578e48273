"""How long each part of a program's sign-in lasts."""

from __future__ import annotations

from datetime import timedelta

ACCESS_TOKEN = timedelta(minutes=10)
IDLE = timedelta(days=14)
"""A refresh token that nobody presents ends after this, and its family with it."""
FAMILY = timedelta(days=90)
"""However often it is renewed, a program's sign-in ends after this."""
GRACE = timedelta(seconds=10)
"""A used refresh token that comes again this soon is a retry or a race, later it is theft."""
