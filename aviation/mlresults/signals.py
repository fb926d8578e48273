"""What apps above are told of analyses."""

from __future__ import annotations

from django.dispatch import Signal

assessment_stored = Signal()
"""A flight has a new active analysis; sent with ``analysis``, in the transaction that stores it."""
