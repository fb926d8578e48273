"""Tokens for programs that act for a person: what signs them and what renews them."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models.people import Membership


class SigningKey(models.Model):
    """An Ed25519 key pair for access tokens: the newest signs, a retired one verifies a while."""

    kid = models.CharField(max_length=32, primary_key=True)
    public_key = models.BinaryField(max_length=32)
    sealed_private_key = models.BinaryField(help_text="Encrypted; see aviation.common.sealing.")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.kid


class TokenFamily(models.Model):
    """One sign-in of a program: all refresh tokens that follow from it live and die together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="token_families"
    )
    credential_epoch = models.PositiveIntegerField(help_text="The person's when it began.")
    device = models.CharField(max_length=120, blank=True)
    first_address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(help_text="However often it is renewed.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ("-last_used_at",)
        verbose_name_plural = "token families"

    def __str__(self) -> str:
        return f"{self.device or 'program'} of {self.membership}"


class RefreshToken(models.Model):
    """One refresh token, as a digest. Presented once it is used up; again, its family dies."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    family = models.ForeignKey(TokenFamily, on_delete=models.CASCADE, related_name="refresh_tokens")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"refresh token of {self.family_id}"
