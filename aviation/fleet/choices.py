from django.db import models


class AircraftType(models.TextChoices):
    """The registered type; it decides which published limits apply to a flight."""

    MULTIROTOR = "multirotor", "Multirotor"
    FIXED_WING = "fixed_wing", "Fixed wing"
    VTOL = "vtol", "VTOL"
    HELICOPTER = "helicopter", "Helicopter"
    ROVER = "rover", "Ground vehicle"
    UNKNOWN = "unknown", "Not known: as the log says"


class AircraftStatus(models.TextChoices):
    ACTIVE = "active", "In service"
    MAINTENANCE = "maintenance", "In maintenance"
    GROUNDED = "grounded", "Grounded"
    RETIRED = "retired", "Retired"
