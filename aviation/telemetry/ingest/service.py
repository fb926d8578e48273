"""From a body to an answer: every point is stored, known already, or refused with its reason.

What must never happen: an acknowledged point that is not stored, a point stored twice, or a bad
point that takes its batch along. The caller's transaction commits before the answer leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from aviation.flights.models import FlightSession
from aviation.flights.storage import refuse_when_full
from aviation.telemetry.ingest.arrow_body import read_arrow
from aviation.telemetry.ingest.batch import Batch, Refused
from aviation.telemetry.ingest.bounds import MAX_REJECTIONS_TOLD
from aviation.telemetry.ingest.json_body import read_json, read_ndjson
from aviation.telemetry.ingest.placing import Placed, place
from aviation.telemetry.ingest.quarantine import keep
from aviation.telemetry.ingest.receipts import Claim, earlier_answer, keep_answer
from aviation.telemetry.ingest.unpacking import Content
from aviation.telemetry.ingest.validating import judge
from aviation.telemetry.ingest.writing import write
from aviation.telemetry.partitions import ensure_partitions

Answer = dict[str, Any]


class BodyKind(StrEnum):
    ARROW = "arrow"
    NDJSON = "ndjson"
    JSON = "json"


READERS: dict[BodyKind, Callable[[Content], Batch]] = {
    BodyKind.ARROW: read_arrow,
    BodyKind.NDJSON: read_ndjson,
    BodyKind.JSON: read_json,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: how many points were new, where they went, what was refused."""

    accepted: int
    placed: Sequence[Placed]
    refused: Sequence[Refused]

    @property
    def duplicate(self) -> int:
        known: int = sum(each.points.num_rows for each in self.placed) - self.accepted
        return known


@transaction.atomic(savepoint=False)
def ingest(
    *,
    kind: BodyKind,
    body: Content,
    membership: Membership,
    flight: FlightSession | None = None,
    idempotency_key: str = "",
) -> Answer:
    """Store a batch for the bound organization; ``flight`` where the address names one.

    Raises Unreadable, TooLarge, QuotaExceeded, Conflict or KeyReused; then nothing is stored.
    """
    claim = None
    if idempotency_key:
        target = f"{kind} {flight.pk if flight else ''}"
        claim = Claim.of(key=idempotency_key, sender=membership.user_id, target=target, body=body)
        if (earlier := earlier_answer(claim)) is not None:
            return earlier
    refuse_when_full(len(body))
    answer = _stored(READERS[kind](body), membership, flight)
    if claim:
        keep_answer(claim, answer)
    return answer


def settle(
    batch: Batch, *, membership: Membership, flight: FlightSession | None, now: datetime
) -> Outcome:
    """Judge the points, find their flights and store them."""
    judged = judge(batch, now=now)
    if judged.points.num_rows:
        ensure_partitions(judged.points["timestamp"])
    placed, nowhere = place(judged, membership=membership, flight=flight, now=now)
    accepted = write(placed, now=now)
    refused = sorted([*judged.refused, *nowhere], key=lambda each: each.position)
    return Outcome(accepted, placed, refused)


def _stored(batch: Batch, membership: Membership, flight: FlightSession | None) -> Answer:
    outcome = settle(batch, membership=membership, flight=flight, now=timezone.now())
    flying = {each.stream.aircraft_id: each.stream.session_id for each in outcome.placed}
    keep(outcome.refused, membership=membership, flight=flight, flying=flying)
    return {
        "sent": batch.sent,
        "accepted": outcome.accepted,
        "duplicate": outcome.duplicate,
        "rejected": len(outcome.refused),
        "rejections": [
            {"index": each.position, "code": str(each.code), "detail": each.detail}
            for each in outcome.refused[:MAX_REJECTIONS_TOLD]
        ],
        "flights": sorted({str(each.stream.session_id) for each in outcome.placed}),
    }
