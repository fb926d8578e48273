from django.db import models


class FlightState(models.TextChoices):
    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    ABORTED = "aborted", "Aborted"


class LogState(models.TextChoices):
    RECEIVED = "received", "Waiting"
    IMPORTING = "importing", "Being read"
    IMPORTED = "imported", "Ready"
    FAILED = "failed", "Could not be read"


class FlightClock(models.TextChoices):
    """Where the date and time of a flight come from."""

    GPS = "gps", "GPS time"
    LOG = "log", "The log's own clock"
    UPLOAD = "upload", "Day of upload: the log holds no date"
    STREAM = "stream", "The sender's clock"
    MANUAL = "manual", "Entered by hand"
