"""Letting quarantined points in after a fix: judged anew, placed and stored like any other."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from accounts.roles import Action, Resource
from aviation.audit.events import record_event
from aviation.common.errors import TooLarge
from aviation.flights.models import FlightSession
from aviation.flights.services import require
from aviation.telemetry.ingest.batch import Refused
from aviation.telemetry.ingest.bounds import MAX_REJECTIONS_KEPT
from aviation.telemetry.ingest.rows import read_rows
from aviation.telemetry.ingest.service import settle
from aviation.telemetry.models import QuarantinedPoint

QUARANTINE = "telemetry_quarantinedpoint"


@transaction.atomic
def let_in(
    points: Sequence[QuarantinedPoint], *, membership: Membership, now: datetime
) -> list[tuple[QuarantinedPoint, Refused]]:
    """Store what is right by now; answers what still is not, each with its reason.

    A point that was let in before is left alone. Raises NotAllowed or TooLarge.
    """
    require(membership, Action.ADD, Resource.TELEMETRY)
    if len(points) > MAX_REJECTIONS_KEPT:
        raise TooLarge(f"At most {MAX_REJECTIONS_KEPT:,} points are let in at once.")
    waiting = QuarantinedPoint.objects.select_for_update(of=("self",)).filter(
        pk__in=[point.pk for point in points], replayed_at=None
    )
    by_flight: dict[uuid.UUID | None, list[QuarantinedPoint]] = {}
    for point in waiting.order_by("pk"):
        by_flight.setdefault(_addressed_flight(point), []).append(point)
    return [
        each
        for flight_id, group in by_flight.items()
        for each in _let_in(flight_id, group, membership, now)
    ]


def _addressed_flight(point: QuarantinedPoint) -> uuid.UUID | None:
    """The flight whose address the point was sent to; None where the point itself names one."""
    names_itself = isinstance(point.point, dict) and {"flight", "aircraft"} & point.point.keys()
    return None if names_itself else point.session_id


def _let_in(
    flight_id: uuid.UUID | None,
    points: list[QuarantinedPoint],
    membership: Membership,
    now: datetime,
) -> list[tuple[QuarantinedPoint, Refused]]:
    visible = FlightSession.objects.visible_to(membership)
    flight = visible.filter(pk=flight_id).first() if flight_id else None
    batch = read_rows([point.point for point in points])
    outcome = settle(batch, membership=membership, flight=flight, now=now)
    still = {each.position: each for each in outcome.refused}
    stored = [point.pk for position, point in enumerate(points) if position not in still]
    QuarantinedPoint.objects.filter(pk__in=stored).update(replayed_at=now)
    if stored:
        _record(stored, flight_id)
    return [(points[position], each) for position, each in still.items()]


def _record(stored: list[int], flight_id: uuid.UUID | None) -> None:
    record_event(
        "telemetry.replayed",
        table_name=QUARANTINE,
        object_id=stored[0] if len(stored) == 1 else "",
        details={"points": str(len(stored)), "flight": str(flight_id or "")},
    )
