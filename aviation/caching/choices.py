from django.db import models


class CacheKind(models.TextChoices):
    """Where cached values are kept."""

    REDIS = "redis", "Redis, shared by all processes"
    MEMORY = "memory", "Memory of each process"
    HYBRID = "hybrid", "Redis, with a copy in each process"


class Invalidation(models.TextChoices):
    """What makes a cached value old before its lifetime is over."""

    EVENT = "event", "Event: a change in the database, at once"
    PATTERN = "pattern", "Pattern: code that names keys by a pattern"
    MANUAL = "manual", "Manual: the purge button"
    TIME = "time", "Time: the lifetime alone"
