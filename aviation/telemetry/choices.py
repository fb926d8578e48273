from enum import IntFlag

from django.db import models


class Rejection(models.TextChoices):
    """Why a point was not accepted; programs may rely on the values."""

    UNREADABLE = "unreadable", "Not readable"
    NOT_A_NUMBER = "not_a_number", "Not a finite number"
    WRONG_TYPE = "wrong_type", "Wrong type"
    OUT_OF_RANGE = "out_of_range", "Outside what is physically possible"
    UNKNOWN_FIELD = "unknown_field", "Unknown field"
    NO_TIME = "no_time", "No usable time"
    FUTURE = "future", "Time in the future"
    TOO_OLD = "too_old", "Time too long ago"
    SEQUENCE_TWICE = "sequence_twice", "Sequence number twice in one batch"
    NO_FLIGHT = "no_flight", "Names no flight or aircraft in sight"
    FLIGHT_OVER = "flight_over", "The flight is over"
    ARCHIVED = "archived", "The flight's measurements are archived"


class PointFlag(IntFlag):
    """What was noticed about a stored point."""

    CLOCK_JUMP = 1  # its clock went back against the sequence
    LATE = 2  # newer points had been stored before it came
    EARLY = 4  # its time lay ahead of ours, within tolerance
