"""How fresh the fleet's figures are, the weights of the wear score, and summaries by mail; the
figures themselves are in ``analytics/figures.py``.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership
from analytics.calculations.wear_weights import GREATEST, NAMES, Weights
from analytics.calculations.wear_weights import PLACES as WEIGHT_PLACES
from analytics.choices import Rhythm
from analytics.figures import (
    DailyAnalyses,
    DailyAnomalies,
    DailyFlights,
    DailyLevels,
    DailyPilots,
    WeeklySpreads,
)
from analytics.querysets import (
    SummarySubscriptionQuerySet,
    ViewRefreshQuerySet,
    WearWeightsQuerySet,
)

__all__ = (
    "DailyAnalyses",
    "DailyAnomalies",
    "DailyFlights",
    "DailyLevels",
    "DailyPilots",
    "SummarySubscription",
    "ViewRefresh",
    "WearWeights",
    "WeeklySpreads",
)


class ViewRefresh(models.Model):
    """When a view was last made anew, and what went wrong since. One row a view."""

    view = models.CharField(max_length=63, primary_key=True)
    refreshed_at = models.DateTimeField(
        help_text="The figures hold everything committed before this moment."
    )
    took_ms = models.IntegerField(default=0)
    row_count = models.IntegerField(default=0)
    generation = models.BigIntegerField(
        null=True, help_text="How many changes of what they are made from the figures cover."
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


PUBLISHED_NUMBER = 1
"""The version of the published weights, which has no row."""


def weight(name: str, help_text: str = "") -> Any:
    return models.DecimalField(
        name, max_digits=7, decimal_places=WEIGHT_PLACES, help_text=help_text
    )


class WearWeights(models.Model):
    """One version of what the wear score's parts weigh. Rows are added and never changed, but for
    which one is active. Version 1 has no row: it is the published one, which holds until another is
    activated.
    """

    number = models.PositiveIntegerField("version", primary_key=True)
    motor = weight("points for a motor finding")
    control_surface = weight("points for a control-surface finding")
    battery = weight("points for a battery finding")
    risk = weight("points for the average risk", "The average, 0 to 1, times this.")
    overdue = weight("points when maintenance is overdue")
    due_in_7_days = weight("points when it is due within 7 days")
    due_in_30_days = weight("points when it is due within 30 days")
    urgent_from = weight("urgent from")
    high_from = weight("high from")
    medium_from = weight("medium from")
    motor_above = weight("inspect the motors above", "Number of motor findings.")
    control_surface_above = weight("check the control surfaces above", "Number of findings.")
    battery_above = weight("assess the battery above", "Number of battery findings.")
    note = models.CharField("why", max_length=300, blank=True)
    is_active = models.BooleanField("in use", default=True)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WearWeightsQuerySet.as_manager()

    class Meta:
        verbose_name = "version of the wear weights"
        verbose_name_plural = "versions of the wear weights"
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=("is_active",), condition=Q(is_active=True), name="wear_weights_one_active"
            ),
            models.CheckConstraint(
                condition=Q(number__gt=PUBLISHED_NUMBER), name="wear_weights_number"
            ),
            models.CheckConstraint(
                condition=Q(*(Q(**{f"{name}__range": (0, GREATEST)}) for name in NAMES)),
                name="wear_weights_in_range",
            ),
            models.CheckConstraint(
                condition=Q(
                    urgent_from__gt=F("high_from"),
                    high_from__gt=F("medium_from"),
                    medium_from__gt=0,
                ),
                name="wear_weights_levels_in_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    overdue__gte=F("due_in_7_days"), due_in_7_days__gte=F("due_in_30_days")
                ),
                name="wear_weights_maintenance_in_order",
            ),
        )

    def __str__(self) -> str:
        return f"Version {self.number}"

    @property
    def weights(self) -> Weights:
        return Weights(**{name: getattr(self, name) for name in NAMES})


class SummarySubscription(models.Model):
    """A member gets the executive summary by mail, weekly or monthly.

    Summaries are known by the first day they tell of. One is claimed before it is sent and noted
    after; ``analytics/reports/sending.py`` says what happens between the two.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    rhythm = models.CharField("sent", max_length=10, choices=Rhythm)
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    claimed_for = models.DateField(
        null=True, editable=False, help_text="The summary that was last taken up for sending."
    )
    last_sent_for = models.DateField(
        null=True, editable=False, help_text="The summary that last went out, or came before."
    )
    last_sent_at = models.DateTimeField("last sent", null=True, editable=False)
    refusals = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="By the mail server, of the summary last taken up."
    )

    objects = SummarySubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = "summary by mail"
        verbose_name_plural = "summaries by mail"
        ordering = ("member__user__full_name", "member__user__email", "rhythm")
        constraints = (
            models.UniqueConstraint(
                fields=("member", "rhythm"),
                name="summary_subscription_once",
                violation_error_message="This member has such a mail already.",
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=Rhythm.values), name="summary_subscription_rhythm"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_rhythm_display()}: {self.member}"

    @property
    def is_left_over(self) -> bool:
        """Whether the summary last taken up was never noted as sent."""
        return self.claimed_for is not None and self.claimed_for != self.last_sent_for
