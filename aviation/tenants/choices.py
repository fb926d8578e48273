from django.db import models


class OrganizationKind(models.TextChoices):
    COMMERCIAL = "commercial", "Commercial operator"
    PUBLIC_SAFETY = "public_safety", "Public safety"
    RESEARCH = "research", "Research"
    TRAINING = "training", "Training"
    PRIVATE = "private", "Private"


class SubscriptionTier(models.TextChoices):
    FREE = "free", "Free"
    STANDARD = "standard", "Standard"
    ENTERPRISE = "enterprise", "Enterprise"


class ComplianceLevel(models.TextChoices):
    BASIC = "basic", "Basic"
    OPEN = "open", "EASA / UK open category"
    SPECIFIC = "specific", "EASA / UK specific category"
    CERTIFIED = "certified", "Certified"


class OrganizationStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    CLOSING = "closing", "Closing"  # nobody gets in; can still be cancelled
    CLOSED = "closed", "Closed, being removed"  # the final export has begun; no way back
