from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.roles import SEES_OWN_FLIGHTS_ONLY
from aviation.flights.choices import FlightState, LogState

if TYPE_CHECKING:
    from accounts.models import Membership
    from aviation.flights.models import FlightLog, FlightSession  # noqa: F401 - named in strings below


class FlightQuerySet(models.QuerySet["FlightSession"]):
    def visible_to(self, membership: Membership) -> FlightQuerySet:
        """A pilot's own flights; for other roles all of the organization's."""
        if membership.ended_at is not None:
            return self.none()
        if membership.role in SEES_OWN_FLIGHTS_ONLY:
            # By id list, not by join: a flight stays one row whatever number of logs it has.
            brought = self.model.objects.filter(logs__uploaded_by=membership).values("pk")
            return self.filter(Q(pilot=membership) | Q(pk__in=brought))
        return self

    def flown(self) -> FlightQuerySet:
        """Flights that left the ground and have ended."""
        return self.filter(state__in=(FlightState.COMPLETED, FlightState.ABORTED), has_flight=True)

    def airborne(self) -> FlightQuerySet:
        return self.filter(state=FlightState.IN_PROGRESS)

    def newest_first(self) -> FlightQuerySet:
        return self.order_by("-started_at", "-id")


class FlightLogQuerySet(models.QuerySet["FlightLog"]):
    def visible_to(self, membership: Membership) -> FlightLogQuerySet:
        """A pilot's own logs and those of flights they flew; for other roles all."""
        if membership.ended_at is not None:
            return self.none()
        if membership.role in SEES_OWN_FLIGHTS_ONLY:
            return self.filter(Q(uploaded_by=membership) | Q(session__pilot=membership))
        return self

    def under_way(self) -> FlightLogQuerySet:
        return self.filter(state__in=(LogState.RECEIVED, LogState.IMPORTING))

    def abandoned(self, at: datetime) -> FlightLogQuerySet:
        """Waiting or being read, while nobody has claimed them any more."""
        return self.under_way().filter(claimed_until__lt=at)
