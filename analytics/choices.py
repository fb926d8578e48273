from django.db import models


class Rhythm(models.TextChoices):
    """How often a summary goes out by mail."""

    WEEKLY = "weekly", "Every Monday"
    MONTHLY = "monthly", "On the first of every month"
