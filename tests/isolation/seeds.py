"""A row in every table of an organization, so that there is something to reach for."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import UTC, datetime

import pyarrow as pa
from django.db import transaction

from accounts.choices import Role
from analytics.calculations.wear_weights import PUBLISHED
from analytics.models import SummarySubscription, WearWeights
from aviation.flights.choices import FlightState, LogState
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.choices import FindingSeverity, QualityVerdict
from aviation.mlresults.models import Analysis, Finding
from aviation.telemetry.choices import Rejection
from aviation.telemetry.cold.models import ColdFile, KeptInTable
from aviation.telemetry.models import (
    FlightOverview,
    FlightQuality,
    IngestReceipt,
    QuarantinedPoint,
    StreamedFlight,
)
from aviation.telemetry.storing import store_rows
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

BOOT_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def seed_flight(cast: Cast) -> FlightSession:
    """A flight with pilot, log, telemetry, overview, analysis and finding."""
    with tenant_context(cast.organization), transaction.atomic():
        flight = FlightSession.objects.create(
            aircraft=cast.aircraft,
            pilot=cast.members[Role.PILOT],
            state=FlightState.COMPLETED,
            started_at=BOOT_AT,
            ended_at=BOOT_AT.replace(hour=13),
        )
        FlightLog.objects.create(
            session=flight,
            aircraft=cast.aircraft,
            uploaded_by=cast.members[Role.PILOT],
            file="none",
            file_name="seed.ulg",
            size_bytes=1,
            sha256=uuid.uuid4().hex * 2,
            state=LogState.IMPORTED,
        )
        store_rows(session_id=flight.pk, boot_at=BOOT_AT, rows=rows(3))
        FlightOverview.objects.create(session=flight, payload=b"", etag="", row_count=3)
        analysis = Analysis.objects.create(
            session=flight,
            engine_version="0",
            vehicle_type="multirotor",
            quality_verdict=QualityVerdict.values[0],
        )
        Finding.objects.create(
            analysis=analysis,
            position=0,
            rule_id="seed",
            rule_version=1,
            component="none",
            severity=FindingSeverity.values[0],
            title="Seed",
            text="",
            start_s=0,
            end_s=1,
        )
        seed_stream(cast, flight)
        seed_archive(flight)
        manager = cast.members[Role.MANAGER]
        SummarySubscription.objects.create(member=manager, rhythm="weekly")
        WearWeights.objects.create(number=2, created_by=manager, **asdict(PUBLISHED))
        return flight


def seed_stream(cast: Cast, flight: FlightSession) -> None:
    """What stands beside a flight that was streamed."""
    StreamedFlight.objects.create(
        session=flight,
        aircraft=cast.aircraft,
        first_point_at=BOOT_AT,
        last_point_at=BOOT_AT,
        last_received_at=BOOT_AT,
        closed_at=BOOT_AT,
    )
    QuarantinedPoint.objects.create(
        session=flight,
        aircraft=cast.aircraft,
        position=0,
        code=Rejection.OUT_OF_RANGE,
        detail="Seed",
        point={},
    )
    IngestReceipt.objects.create(
        key_digest=uuid.uuid4().bytes * 2, body_digest=bytes(32), answer={}
    )
    FlightQuality.objects.create(session=flight, score=50, parts=[])


def seed_archive(flight: FlightSession) -> None:
    """What stands beside a flight whose rows are about to leave the table."""
    ColdFile.objects.create(
        session=flight,
        month=BOOT_AT.date(),
        file_name=f"seed-{flight.pk}",
        rows=3,
        size_bytes=1,
        table_bytes=1,
        sha256="",
        schema_version=1,
        first_point_at=BOOT_AT,
        last_point_at=BOOT_AT,
    )
    KeptInTable.objects.create(session=flight, until=BOOT_AT)


def rows(count: int) -> pa.Table:
    """That many moments, a tenth of a second apart."""
    return pa.table({"time_s": [n / 10 for n in range(count)], "altitude_m": [1.0] * count})
