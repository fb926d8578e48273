from django.db import models


class Role(models.TextChoices):
    ADMIN = "admin", "Administrator"
    MANAGER = "manager", "Fleet manager"
    ANALYST = "analyst", "Analyst"
    PILOT = "pilot", "Pilot"
    USER = "user", "Operator"
    READONLY = "readonly", "Viewer"
