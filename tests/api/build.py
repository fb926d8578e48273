"""What the API's tests find in an organization: one of everything, or many."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.api_keys.services import create_api_key
from accounts.choices import Role
from accounts.models import ApiKey, Invitation, Membership
from accounts.services import add_member
from aviation.fleet.models import Aircraft
from aviation.flights.choices import FlightState, LogState
from aviation.flights.logs import log_path
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.models import Analysis, Finding
from aviation.telemetry.models import FlightOverview
from aviation.telemetry.overview import compress
from aviation.telemetry.storing import store_rows
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

BOOT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
CHANNELS = ("roll_deg", "latitude", "gps_satellites", "motor_rpm_1", "motor_rpm_2")
EXTRAS = ("ekf_velocity_ratio", "throttle_percentage")


@dataclass(frozen=True)
class Things:
    """One of everything, in one organization."""

    aircraft: Aircraft
    flight: FlightSession
    log: FlightLog
    analysis: Analysis
    finding: Finding
    member: Membership
    invitation: Invitation
    api_key: ApiKey

    @property
    def ids(self) -> dict[str, uuid.UUID]:
        """By the name of the routes' parameter."""
        return {
            "aircraft_id": self.aircraft.pk,
            "flight_id": self.flight.pk,
            "log_id": self.log.pk,
            "analysis_id": self.analysis.pk,
            "finding_id": self.finding.pk,
            "member_id": self.member.pk,
            "invitation_id": self.invitation.pk,
            "key_id": self.api_key.pk,
        }


def make_things(cast: Cast, *, rows: int = 50) -> Things:
    with tenant_context(cast.organization):
        flight = make_flight(cast, pilot=cast.members[Role.PILOT])
        log = make_log(cast, flight=flight, uploaded_by=cast.members[Role.PILOT])
        analysis = make_analysis(flight)
        finding = make_finding(analysis)
        make_history(flight, rows=rows)
        invitation, api_key = make_invitation(cast), make_api_key(cast)
    member = make_member(cast)
    return Things(cast.aircraft, flight, log, analysis, finding, member, invitation, api_key)


def make_member(cast: Cast) -> Membership:
    """A person of the test's own: what was refused about them is on record for nobody else."""
    return add_member(
        organization=cast.organization,
        email=f"newcomer-{uuid.uuid4().hex[:8]}@{cast.organization.slug}.example.org",
        role=Role.READONLY,
        full_name=f"{cast.organization.name} Newcomer",
    )


def make_invitation(cast: Cast) -> Invitation:
    return Invitation.objects.create(
        organization=cast.organization,
        email=f"invited-{uuid.uuid4().hex[:8]}@{cast.organization.slug}.example.org",
        invited_by=cast.members[Role.ADMIN].user,
        secret_digest=uuid.uuid4().bytes * 2,
        expires_at=timezone.now() + timedelta(days=7),
    )


def make_api_key(cast: Cast) -> ApiKey:
    owner = cast.members[Role.ADMIN]
    name = f"{cast.organization.name} ground station {uuid.uuid4().hex[:8]}"
    return create_api_key(owner=owner, name=name, scopes=("read",), actor=owner)[0]


def make_flight(cast: Cast, **values: Any) -> FlightSession:
    """A completed flight of ten minutes, unless told otherwise."""
    started_at = values.setdefault("started_at", BOOT + timedelta(seconds=10))
    if values.setdefault("state", FlightState.COMPLETED) in {
        FlightState.COMPLETED,
        FlightState.ABORTED,
    }:
        values.setdefault("ended_at", started_at + timedelta(minutes=10))
    values.setdefault("aircraft", cast.aircraft)
    return FlightSession.objects.create(boot_at=started_at - timedelta(seconds=10), **values)


def make_log(
    cast: Cast,
    *,
    flight: FlightSession | None = None,
    uploaded_by: Membership | None = None,
    content: bytes | None = None,
    **values: Any,
) -> FlightLog:
    content = content if content is not None else uuid.uuid4().bytes
    if flight is not None:
        values |= {"state": LogState.IMPORTED, "imported_at": timezone.now()}
    log = FlightLog(
        aircraft=cast.aircraft,
        session=flight,
        uploaded_by=uploaded_by,
        file_name=values.pop("file_name", "morning.ulg"),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        format="ulog",
        import_report=[{"kind": "kept", "text": "5 channels over 60.0 s."}],
        **values,
    )
    log.file.save(log_path(log), ContentFile(content), save=False)
    log.save(force_insert=True)
    return log


def make_analysis(flight: FlightSession, **values: Any) -> Analysis:
    return Analysis.objects.create(
        session=flight,
        **{
            "engine_version": "1",
            "vehicle_type": "multirotor",
            "quality_verdict": "usable",
            "quality_reasons": ["Every channel is there."],
            "risk_score": 0.31,
            "risk_level": "medium",
            "risk_parts": [
                {
                    "rule_id": "battery.sag",
                    "component": "battery",
                    "severity": "warning",
                    "is_on_ground": False,
                    "title": "Battery sagged",
                    "contribution": 0.31,
                }
            ],
            "headline": "One thing to look at.",
            "report_sections": [{"heading": "Battery", "sentences": ["It sagged."]}],
            "passed": [],
            "not_assessed": [
                {
                    "rule_id": "gps.jamming",
                    "component": "gps",
                    "title": "GPS jamming",
                    "reason": "The log has no such channel.",
                }
            ],
        }
        | values,
    )


def make_finding(analysis: Analysis, position: int = 0, **values: Any) -> Finding:
    return Finding.objects.create(
        analysis=analysis,
        position=position,
        **{
            "rule_id": "battery.sag",
            "rule_version": 1,
            "component": "battery",
            "severity": "warning",
            "title": "Battery sagged",
            "text": "The battery fell to 3.2 V a cell.",
            "start_s": 20.0,
            "end_s": 25.0,
            "observed": 3.2,
            "limit": 3.5,
            "unit": "V",
            "comparison": "below",
            "source": "Somebody's manual",
            "channel": "battery_voltage_v",
        }
        | values,
    )


def make_history(
    flight: FlightSession, *, rows: int, spike_at: int | None = None
) -> FlightOverview:
    """``rows`` at 10 Hz from second 0: a roll of one row's number in thousandths, and more."""
    number = np.arange(rows)
    roll = number / 1_000
    if spike_at is not None:
        roll[spike_at] = 170.0
    values: dict[str, Any] = {
        "time_s": number / 10,
        "roll_deg": roll,
        "latitude": np.full(rows, 47.1234567),
        "gps_satellites": number % 12,
        "motor_rpm_1": np.full(rows, 4_000.0),
        "motor_rpm_2": np.full(rows, 5_000.0),
        "ekf_velocity_ratio": np.round(number / 100, 2),
        "throttle_percentage": pa.array([None if n % 2 else 50.0 for n in range(rows)]),
    }
    boot_at = flight.boot_at
    assert boot_at is not None
    store_rows(session_id=flight.pk, boot_at=boot_at, rows=pa.table(values))
    payload, etag = compress({"start_s": 0.0, "end_s": rows / 10, "groups": []})
    return FlightOverview.objects.create(
        session=flight,
        payload=payload,
        etag=etag,
        row_count=rows,
        channels=sorted((*CHANNELS, *EXTRAS)),
    )
