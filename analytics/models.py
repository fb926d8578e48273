"""The fleet's figures by day, read from materialized views, and how fresh they are.

The SQL is in ``analytics/sql``, the words are explained there. Rows are never written here;
``analytics/refreshing.py`` makes them anew.
"""

from __future__ import annotations

from django.db import models

from analytics.querysets import (
    DailyAnalysesQuerySet,
    DailyAnomaliesQuerySet,
    DailyFlightsQuerySet,
    ViewRefreshQuerySet,
)
from aviation.fleet.models import Aircraft

DIGITS, PLACES = 60, 20
"""More than any figure has: PostgreSQL's numeric comes as it is, nothing is rounded."""


class Daily(models.Model):
    """What all three have in common."""

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


class ViewRefresh(models.Model):
    """When a view was last made anew, and what went wrong since. One row a view."""

    view = models.CharField(max_length=63, primary_key=True)
    refreshed_at = models.DateTimeField(
        help_text="The figures hold everything committed before this moment."
    )
    took_ms = models.IntegerField(default=0)
    row_count = models.IntegerField(default=0)
    covers = models.CharField(
        max_length=200,
        blank=True,
        help_text="The state of the tables below that the figures were made from.",
    )
    asked_at = models.DateTimeField(
        null=True, help_text="Somebody asked for newer figures while a refresh was at work."
    )
    failed_at = models.DateTimeField(null=True, help_text="Empty once a refresh has succeeded.")
    failures = models.IntegerField(default=0, help_text="In a row.")
    error = models.TextField(blank=True)

    objects = ViewRefreshQuerySet.as_manager()

    class Meta:
        verbose_name = "refresh of figures"
        verbose_name_plural = "refreshes of figures"
        ordering = ("view",)

    def __str__(self) -> str:
        return self.view

    @property
    def is_asked_for(self) -> bool:
        """Whether a note was left that no refresh has covered yet."""
        return self.asked_at is not None and self.asked_at > self.refreshed_at
