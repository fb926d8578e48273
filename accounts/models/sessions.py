"""Signed-in browsers, as the session store keeps them and as their person sees them."""

from __future__ import annotations

import uuid

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from accounts.models.people import User


class UserSession(AbstractBaseSession):
    """One browser's session. ``session_key`` is a digest of what the cookie holds."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    started_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(auto_now_add=True)
    first_address = models.GenericIPAddressField(null=True)
    last_address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=120, blank=True, help_text="Such as Firefox on Android.")

    class Meta(AbstractBaseSession.Meta):
        indexes = (models.Index(fields=("user", "-last_seen_at"), name="session_of_user"),)

    def __str__(self) -> str:
        return f"{self.device or 'browser'} of {self.user}"
