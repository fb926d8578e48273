"""A recovery's plan: one text that says everything, and the digest that stands for it.

The text is canonical JSON. Made again from the same backup and the same data it is the same, byte
for byte; so it holds nothing that changes by itself, such as when it was made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from maintenance.recovery.models import RecoveryRequest

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Source:
    """What is restored beside: a backup with those it builds on, and the WAL rolled forward."""

    backups: tuple[str, ...]
    wal_from: str
    wal_to: str
    """Where the roll forward ended, as PostgreSQL noted it; empty when nothing was restored yet."""


@dataclass(frozen=True, slots=True)
class TableThen:
    """One table now and then. Digests are over all rows, in whatever order they lie."""

    table: str
    rows_now: int
    rows_then: int
    digest_now: str = ""
    digest_then: str = ""

    @property
    def is_same(self) -> bool:
        return (self.rows_now, self.digest_now) == (self.rows_then, self.digest_then)


def plan_text(
    asked: RecoveryRequest,
    source: Source,
    tables: Sequence[TableThen],
    consequences: Sequence[str],
    more: Mapping[str, Any] | None = None,
) -> str:
    """The plan as one text."""
    document = {
        "format": FORMAT,
        "request": asked.pk,
        "kind": asked.kind,
        "organization": asked.organization_slug,
        "organization_id": str(asked.organization_id or ""),
        "table": asked.table_name,
        "flight": str(asked.flight_id or ""),
        "data_folder": asked.data_folder,
        "target_at": as_utc(asked.target_at),
        "source": asdict(source),
        "tables": [asdict(each) for each in tables],
        "consequences": list(consequences),
        **(more or {}),
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False, indent=1)


def digest_of(plan: str) -> str:
    return hashlib.sha256(plan.encode()).hexdigest()


def read_plan(plan: str) -> dict[str, Any]:
    """The plan's parts; empty when there is none yet."""
    document: dict[str, Any] = json.loads(plan) if plan else {}
    return document


def tables_of(plan: str) -> list[TableThen]:
    return [TableThen(**each) for each in read_plan(plan).get("tables", [])]


def as_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
