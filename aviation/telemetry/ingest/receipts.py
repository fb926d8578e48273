"""Idempotency-Key: the same batch sent again gets the answer it got, and is stored once.

A key is its sender's own: two people of an organization may hit on the same one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from aviation.common.errors import Conflict, DomainError
from aviation.telemetry.models import IngestReceipt

LONGEST_KEY = 200


class KeyReused(DomainError):
    """The key came with another body before."""

    code = "idempotency_key_reused"
    status = 422


@dataclass(frozen=True, slots=True)
class Claim:
    """A sender's key for one batch, and what the batch is: its bytes, and where they go."""

    key_digest: bytes
    body_digest: bytes

    @classmethod
    def of(cls, *, key: str, sender: object, target: object, body: bytes | bytearray) -> Claim:
        key_digest = hashlib.sha256(f"{sender} {key}".encode()).digest()
        content = hashlib.sha256(f"{target} ".encode())
        content.update(body)
        return cls(key_digest, content.digest())


def earlier_answer(claim: Claim) -> dict[str, Any] | None:
    """What this batch was answered before, or None and the key is ours until the commit.

    Raises Conflict while the same key is being worked on, KeyReused for another body.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))",
            [f"idempotency {claim.key_digest.hex()}"],
        )
        if not cursor.fetchone()[0]:
            raise Conflict("This batch is being stored just now.", code="in_progress")
    receipt = IngestReceipt.objects.filter(key_digest=claim.key_digest).first()
    if receipt is None:
        return None
    if bytes(receipt.body_digest) != claim.body_digest:
        raise KeyReused("This Idempotency-Key came with another body before.")
    # Kept as text: jsonb would put the answer's names into an order of its own.
    answer: dict[str, Any] = json.loads(receipt.answer)
    return answer


def keep_answer(claim: Claim, answer: dict[str, Any]) -> None:
    IngestReceipt.objects.create(
        key_digest=claim.key_digest, body_digest=claim.body_digest, answer=json.dumps(answer)
    )
