from django.db import models


class RiskLevel(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class FindingSeverity(models.TextChoices):
    INFO = "info", "Note"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class QualityVerdict(models.TextChoices):
    USABLE = "usable", "Good"
    LIMITED = "limited", "Limited"
    UNUSABLE = "unusable", "Not usable"
