"""An organization with old flights of every kind of data, and counting where things are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.choices import Role
from accounts.models import Membership
from aviation.flights.logs import log_path
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.models import Analysis, Finding
from aviation.telemetry.models import FlightQuality
from aviation.tenants.context import tenant_context
from maintenance.retention.choices import DataKind
from maintenance.retention.models import RecycledBatch
from maintenance.retention.policies import set_policy
from maintenance.retention.rows import Rows, read_rows
from maintenance.retention.running import Outcome, run_retention
from tests.conftest import Cast
from tests.telemetry.cold.build import columns
from tests.telemetry.reading.build import fly

NOW = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)
OLD = datetime(2022, 3, 10, 9, 0, tzinfo=UTC)
ROWS = 120


def admin(cast: Cast) -> Membership:
    return cast.members[Role.ADMIN]


@contextmanager
def bound(cast: Cast) -> Iterator[None]:
    with tenant_context(cast.organization), transaction.atomic():
        yield


def keep_for(cast: Cast, kind: DataKind, days: int | None, grace_days: int = 30) -> None:
    with bound(cast):
        set_policy(membership=admin(cast), kind=kind, keep_days=days, grace_days=grace_days)


def flown(cast: Cast, *, at: datetime = OLD, seed: int = 1, content: bytes = b"") -> FlightSession:
    """A committed flight with telemetry, quality, an analysis with a finding, and its raw log."""
    content = content or f"raw log {seed} {at}".encode()
    with bound(cast):
        flight = fly(cast, columns(ROWS, seed), boot_at=at)
        FlightQuality.objects.create(session=flight, score=90, parts=[])
        analysis = Analysis.objects.create(
            session=flight, engine_version="1", vehicle_type="multirotor", quality_verdict="good"
        )
        Finding.objects.create(
            analysis=analysis, position=0, rule_id="r", rule_version=1, component="battery",
            severity="warning", title="Sag", text="It sagged.", start_s=1.0, end_s=2.5,
        )  # fmt: skip
        log = FlightLog(
            session=flight, aircraft=cast.aircraft, file_name=f"{seed}.ulg",
            size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), state="imported",
        )  # fmt: skip
        log.file.save(log_path(log), ContentFile(content), save=False)
        log.save(force_insert=True)
        aged(Analysis, at, pk=analysis.pk)
        aged(FlightLog, at, pk=log.pk)
    return flight


def aged(model: Any, at: datetime, **lookups: Any) -> None:
    model.objects.filter(**lookups).update(created_at=at)


def run(cast: Cast, at: datetime = NOW) -> Outcome:
    with tenant_context(cast.organization):
        return run_retention(at=at)


def batches(cast: Cast) -> list[RecycledBatch]:
    with bound(cast):
        return list(
            RecycledBatch.objects.filter(organization=cast.organization).order_by("made_at")
        )


def everything(cast: Cast) -> Rows:
    """Every row of every flight, as it is in the tables."""
    with bound(cast):
        keys = [str(key) for key in FlightSession.objects.values_list("pk", flat=True)]
        return read_rows(FlightSession, sorted(keys))


def files_of(cast: Cast) -> dict[str, str]:
    """Every file of the organization, name and SHA-256, manifests left out."""
    from aviation.tenants.export import stored_files

    folder = f"organizations/{cast.organization.pk}"
    found = {}
    for name in stored_files(folder):
        if not name.endswith("manifest.json"):
            with default_storage.open(f"{folder}/{name}") as stored:
                found[name] = hashlib.sha256(stored.read()).hexdigest()
    return found


def later(days: float) -> datetime:
    return NOW + timedelta(days=days)
