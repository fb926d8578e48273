"""What apps above are told of flights."""

from __future__ import annotations

from django.dispatch import Signal

flight_ended = Signal()
"""A flight was completed or aborted; sent with ``flight``, inside the transaction that does it."""
flight_deleted = Signal()
"""A flight is gone, with all that was made from it; sent inside the transaction that does it."""
