"""How many guesses are left, where neither a lost Redis nor a rolled-back request can forget it."""

from __future__ import annotations

from django.db import models


class AttemptAllowance(models.Model):
    """One allowance, such as the password guesses at one address. ``key`` is a digest.

    Kept as GCRA does: the one moment at which the allowance is full again.
    """

    key = models.BinaryField(max_length=32, primary_key=True)
    full_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("full_at",), name="attempt_allowance_full_at"),)

    def __str__(self) -> str:
        return f"full at {self.full_at}"
