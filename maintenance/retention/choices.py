from __future__ import annotations

from django.db import models


class DataKind(models.TextChoices):
    """What a policy speaks of."""

    TELEMETRY = "telemetry", "Measurements"
    RAW_LOGS = "raw_logs", "Log files as uploaded"
    FLIGHTS = "flights", "Flights, with all that belongs to them"
    ANALYSES = "analyses", "Analyses"
    API_USAGE = "api_usage", "Record of API requests"
    AUDIT = "audit", "Audit trail"


class HoldScope(models.TextChoices):
    ORGANIZATION = "organization", "The whole organization"
    AIRCRAFT = "aircraft", "One aircraft"
    FLIGHT = "flight", "One flight"


class BatchState(models.TextChoices):
    """Where a batch's rows are: in the tables while copying and after restoring."""

    COPYING = "copying", "Being copied"
    RECYCLED = "recycled", "In the recycle archive"
    RESTORING = "restoring", "Being restored"
    RESTORED = "restored", "Restored"
    REMOVING = "removing", "Being deleted"
    REMOVED = "removed", "Deleted"
