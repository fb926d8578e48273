"""The second step of signing in, and the devices a person has signed in from."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models.people import User


class TotpDevice(models.Model):
    """A person's authenticator app. Its secret is kept encrypted, and each code counts once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="totp_device")
    sealed_secret = models.BinaryField(help_text="Encrypted; see aviation.common.sealing.")
    last_step = models.BigIntegerField(
        default=0, help_text="The newest 30 s step whose code was accepted."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a first code proved that the app was set up."
    )

    def __str__(self) -> str:
        return f"authenticator of {self.user}"


class RecoveryCode(models.Model):
    """One way in without the app. 120 random bits, so a digest is enough; used once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "digest"), name="recovery_code_once"),
        )

    def __str__(self) -> str:
        return f"recovery code of {self.user}"


class KnownDevice(models.Model):
    """A browser the person has signed in from: guesses elsewhere do not lock it out."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_devices")
    secret_digest = models.BinaryField(max_length=32)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "secret_digest"), name="known_device_once"),
        )

    def __str__(self) -> str:
        return f"browser of {self.user}"
