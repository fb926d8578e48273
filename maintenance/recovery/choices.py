from __future__ import annotations

from django.db import models


class RecoveryKind(models.TextChoices):
    CLUSTER = "cluster", "The whole database, into a new folder"
    ORGANIZATION = "organization", "One organization"
    TABLE = "table", "Rows missing from one table of an organization"
    FLIGHT = "flight", "One flight of an organization"


class RecoveryState(models.TextChoices):
    REQUESTED = "requested", "Requested"
    PLANNED = "planned", "Planned, waits for a second person"
    APPROVED = "approved", "Approved"
    VOID = "void", "Approval void, plan it again"
    RUNNING = "running", "Running"
    FAILED = "failed", "Failed, may be run again"
    DONE = "done", "Done"
    UNDONE = "undone", "Undone"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RecoveryStep(models.TextChoices):
    RESTORED = "restored", "Restored beside"
    CHECKED = "checked", "Plan checked again"
    COPIED = "copied", "Copied and compared"
    EXCHANGED = "exchanged", "Exchanged"
    INSERTED = "inserted", "Missing rows put back"


STANDS_ON_APPROVAL = (
    RecoveryState.APPROVED,
    RecoveryState.RUNNING,
    RecoveryState.FAILED,
    RecoveryState.DONE,
    RecoveryState.UNDONE,
)
