"""How many of an hour's reads by twenty users are answered from memory, and how much sooner."""

from __future__ import annotations

import logging
import statistics
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.mix import AIRCRAFT, ANALYSES, PEOPLE, PILOTS, PROGRAMS, Step, steps
from benchmarks.report import Report

if TYPE_CHECKING:
    from django.test import Client

NAMES = ("cache.hit_rate",)
LEAST_SHARE = 0.95
POLICIES = ("aircraft_registry", "flight_analysis")
API = "/api/v1/"
ANALYSIS: dict[str, Any] = {
    "engine_version": "1",
    "vehicle_type": "multirotor",
    "quality_verdict": "usable",
    "risk_score": 0.31,
    "risk_level": "medium",
    "headline": "Two things to look at.",
    "report_sections": [{"heading": "Battery", "sentences": ["It sagged."]}],
}
FINDING: dict[str, Any] = {
    "rule_id": "battery.sag",
    "rule_version": 1,
    "component": "battery",
    "title": "Battery sagged",
    "text": "The battery fell to 3.2 V a cell.",
    "start_s": 20.0,
    "end_s": 25.0,
}


def run(report: Report) -> None:
    logging.disable(logging.WARNING)
    fleet = Fleet()
    before = _counted(fleet.room)
    took_s = [fleet.do(step) for step in steps()]
    reads = [seconds for seconds in took_s if seconds is not None]
    after = _counted(fleet.room)
    hits, misses = after[0] - before[0], after[1] - before[1]
    share = hits / (hits + misses)
    slowest = sorted(reads)[-len(reads) // 20 :]
    report.add(
        name="cache.hit_rate",
        value=100 * share,
        unit="%",
        against=(
            f"{hits:,} of {hits + misses:,} reads;"
            f" median {statistics.median(reads) * 1_000:.2f} ms,"
            f" mean of the slowest twentieth {statistics.mean(slowest) * 1_000:.1f} ms"
        ),
        ratio=None,
        goal=f"at least {100 * LEAST_SHARE:.0f} % of an hour's mix of 20 users",
        holds=share >= LEAST_SHARE,
    )
    logging.disable(logging.NOTSET)


def _counted(room: str) -> tuple[int, int]:
    """Hits and misses of the API's two policies so far."""
    from aviation.caching.counting import Counted, counted_of, counts

    counts.bring()
    found = [counted_of(policy).get(room, Counted()) for policy in POLICIES]
    return sum(each.hits for each in found), sum(each.misses for each in found)


class Fleet:
    """An organization with flights, and its twenty users."""

    def __init__(self) -> None:
        from aviation.tenants.services import open_organization

        name = f"mix-{uuid.uuid4().hex[:8]}"
        self.organization = open_organization(slug=name, name="Mix")
        self.room = str(self.organization.id)
        self.analyses: list[str] = []
        self.flights = 0
        self.users = [self._user(number) for number in range(PROGRAMS + PEOPLE)]
        self._in_organization(self._begin)

    def do(self, step: Step) -> float | None:
        """Seconds that a read took; None for the fleet's own work."""
        if step.user < 0:
            self._in_organization(self._import if step.what == "import" else self._change)
            return None
        began = time.perf_counter()
        response = self.users[step.user].get(self._path(step))
        took_s = time.perf_counter() - began
        if response.status_code not in (200, 404):  # a pilot's look at another's flight
            raise RuntimeError(f"{step} was answered {response.status_code}")
        return took_s

    def _path(self, step: Step) -> str:
        kind, _, number = step.what.partition(" ")
        if kind == "analysis":
            return f"{API}analyses/{self.analyses[-1 - int(number)]}/"
        return f"{API}aircraft/{self.fleet[int(number)].pk}/" if number else API + step.what

    def _in_organization(self, work: Callable[[], None]) -> None:
        from django.db import transaction

        from aviation.tenants.context import tenant_context

        with tenant_context(self.organization), transaction.atomic():
            work()

    def _user(self, number: int) -> Client:
        from django.test import Client

        from accounts.api_keys.services import create_api_key
        from accounts.services import add_member

        is_pilot = number >= PROGRAMS + PEOPLE - PILOTS
        member = add_member(
            organization=self.organization,
            email=f"user-{number}@{self.organization.slug}.example.org",
            role="pilot" if is_pilot else "manager",
            password=uuid.uuid4().hex,
        )
        if is_pilot:
            self.pilot: Any = member
        made: list[str] = []

        def make() -> None:
            key = create_api_key(owner=member, name="Mix", scopes=["read"], actor=None)
            made.append(key[1])

        self._in_organization(make)
        return Client(headers={"X-API-Key": made[0]}, SERVER_NAME="localhost")

    def _begin(self) -> None:
        from aviation.fleet.models import Aircraft

        self.fleet = [Aircraft(registration=f"MIX-{number}") for number in range(AIRCRAFT)]
        Aircraft.objects.bulk_create(self.fleet)
        for _ in range(ANALYSES):
            self._import()

    def _import(self) -> None:
        """A flight with its analysis and two findings; every third is the pilot's."""
        from aviation.flights.models import FlightSession
        from aviation.mlresults.models import Analysis, Finding

        self.flights += 1
        start_at = datetime.now(tz=UTC) - timedelta(hours=1)
        flight = FlightSession.objects.create(
            aircraft=self.fleet[self.flights % AIRCRAFT],
            pilot=self.pilot if self.flights % 3 == 0 else None,
            state="completed",
            started_at=start_at,
            ended_at=start_at + timedelta(minutes=20),
        )
        analysis = Analysis.objects.create(session=flight, **ANALYSIS)
        Finding.objects.bulk_create(
            Finding(analysis=analysis, position=position, severity=severity, **FINDING)
            for position, severity in enumerate(("warning", "critical"))
        )
        self.analyses.append(str(analysis.pk))

    def _change(self) -> None:
        aircraft = self.fleet[0]
        aircraft.name = uuid.uuid4().hex
        aircraft.save(update_fields=["name"])
