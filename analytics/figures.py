"""The fleet's figures by day or week, read from materialized views.

The SQL is in ``analytics/sql``, the words are explained there. Rows are never written here;
``analytics/refreshing.py`` makes them anew.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from analytics.querysets import (
    DailyAnalysesQuerySet,
    DailyAnomaliesQuerySet,
    DailyFlightsQuerySet,
    DailyLevelsQuerySet,
    DailyPilotsQuerySet,
    WeeklySpreadsQuerySet,
)
from aviation.fleet.models import Aircraft

DIGITS, PLACES = 60, 20
"""More than any figure has: PostgreSQL's numeric comes as it is, nothing is rounded."""


class Daily(models.Model):
    """What those by day and aircraft have in common."""

    day = models.DateField(help_text="In the organization's time zone.")
    aircraft = models.ForeignKey(
        Aircraft, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Without the registration, which would cost a query a row."""
        return f"{self._meta.verbose_name} of {self.day}"


class DailyFlights(Daily):
    """Flights of one aircraft that started on one day, left the ground and have ended."""

    pk = models.CompositePrimaryKey("day", "aircraft")
    flights = models.IntegerField()
    airborne_s = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    timed_flights = models.IntegerField(help_text="Those whose time in the air is known.")
    distance_m = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    duration_avg_s = models.DecimalField(null=True, max_digits=DIGITS, decimal_places=PLACES)
    duration_p95_s = models.FloatField(null=True)

    objects = DailyFlightsQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "analytics_dailyflights"
        ordering = ("day", "aircraft")
        verbose_name_plural = "daily flights"


class DailyAnalyses(Daily):
    """What the active analyses of these flights say of risk, 0 to 1; not assessed is in no sum."""

    pk = models.CompositePrimaryKey("day", "aircraft")
    analysed_flights = models.IntegerField()
    scored_flights = models.IntegerField(help_text="Those with a risk score.")
    risk_sum = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    risk_avg = models.DecimalField(null=True, max_digits=DIGITS, decimal_places=PLACES)
    risk_max = models.FloatField(null=True)
    high_risk_flights = models.IntegerField(help_text="At level high or critical.")

    objects = DailyAnalysesQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "analytics_dailyanalyses"
        ordering = ("day", "aircraft")
        verbose_name_plural = "daily analyses"


class DailyAnomalies(Daily):
    """Findings of these analyses with severity warning or critical, by component."""

    pk = models.CompositePrimaryKey("day", "aircraft", "component", "severity")
    component = models.TextField()
    severity = models.TextField()
    anomalies = models.IntegerField()

    objects = DailyAnomaliesQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "analytics_dailyanomalies"
        ordering = ("day", "aircraft", "component", "severity")
        verbose_name_plural = "daily anomalies"


class DailyLevels(models.Model):
    """How many flights of a day are at each level of risk."""

    pk = models.CompositePrimaryKey("day", "level")
    day = models.DateField(help_text="In the organization's time zone.")
    level = models.TextField(help_text="Empty for flights that were not assessed.")
    flights = models.IntegerField()

    objects = DailyLevelsQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "analytics_dailylevels"
        ordering = ("day", "level")
        verbose_name_plural = "daily levels"

    def __str__(self) -> str:
        return f"{self.level or 'not assessed'} on {self.day}"


NO_PILOT = uuid.UUID(int=0)
"""Stands for the pilot of flights without a named one."""


class DailyPilots(models.Model):
    """Flights of one pilot that started on one day, left the ground and have ended."""

    pk = models.CompositePrimaryKey("day", "pilot_id")
    day = models.DateField(help_text="In the organization's time zone.")
    pilot_id = models.UUIDField(help_text="A membership, or all zeros where no pilot is named.")
    flights = models.IntegerField()
    airborne_s = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)
    timed_flights = models.IntegerField(help_text="Those whose time in the air is known.")
    distance_m = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES)

    objects = DailyPilotsQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "analytics_dailypilots"
        ordering = ("day", "pilot_id")
        verbose_name_plural = "daily pilots"

    def __str__(self) -> str:
        return f"{self.pilot_id} on {self.day}"


class WeeklySpreads(models.Model):
    """The values of a measure between two steps, of the flights of one week. The three arrays
    belong together: ``times`` flights of ``days`` had just this one of ``values``.
    """

    pk = models.CompositePrimaryKey("week", "measure", "step")
    week = models.DateField(help_text="Its Monday, in the organization's time zone.")
    measure = models.TextField(help_text="d is the time in the air [s], r the risk.")
    step = models.IntegerField()
    flights = models.IntegerField()
    values = ArrayField(models.FloatField())
    days = ArrayField(models.DateField())
    times = ArrayField(models.IntegerField())

    objects = WeeklySpreadsQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "analytics_weeklyspreads"
        ordering = ("week", "measure", "step")
        verbose_name_plural = "weekly spreads"

    def __str__(self) -> str:
        return f"{self.measure}, step {self.step} of the week from {self.week}"
