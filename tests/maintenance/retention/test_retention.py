"""From the tables to the recycle archive, back again, or away for good with a certificate."""

from __future__ import annotations

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError

from accounts.models import ApiKey, ApiKeyUsage
from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict, Rejected
from aviation.flights.models import FlightLog, FlightSession
from aviation.mlresults.models import Analysis
from aviation.telemetry.models import ColdFile
from aviation.tenants.closing import finish_closing
from aviation.tenants.context import platform_context, tenant_context
from maintenance.retention import recycling, running
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.files import UnsoundRecycling
from maintenance.retention.models import (
    DeletionCertificate,
    RecycledBatch,
    RetentionPolicy,
)
from maintenance.retention.policies import rules_in_force, set_policy
from maintenance.retention.removing import digest_of
from maintenance.retention.restoring import restore
from maintenance.retention.running import one_run_at_a_time
from tests.conftest import Cast
from tests.isolation.conftest import admin_dsn
from tests.isolation.processes import url_of
from tests.maintenance.retention.world import (
    NOW,
    OLD,
    ROWS,
    admin,
    batches,
    bound,
    everything,
    files_of,
    flown,
    keep_for,
    later,
    run,
)
from tests.telemetry.cold.build import partitions, rows_in_table

FLIGHT_KINDS = [DataKind.TELEMETRY, DataKind.RAW_LOGS, DataKind.FLIGHTS, DataKind.ANALYSES]


def test_everything_is_kept_for_ever_until_somebody_says_otherwise(
    fresh_organization: Cast,
) -> None:
    flown(fresh_organization)
    before = everything(fresh_organization)
    outcome = run(fresh_organization)
    assert (outcome.recycled, outcome.removed, outcome.failures) == (0, 0, [])
    assert everything(fresh_organization) == before
    with bound(fresh_organization):
        assert {rule.keep_days for rule in rules_in_force()} == {None}


@pytest.mark.parametrize(
    ("kind", "days", "grace"),
    [
        (DataKind.FLIGHTS, 1_095, 30),
        (DataKind.TELEMETRY, 29, 30),
        (DataKind.TELEMETRY, 36_501, 30),
        (DataKind.RAW_LOGS, 90, 6),
        (DataKind.AUDIT, 5_000, 30),
    ],
)
def test_policy_out_of_bounds_is_refused(
    fresh_organization: Cast, kind: DataKind, days: int, grace: int
) -> None:
    with bound(fresh_organization), pytest.raises(Rejected):
        set_policy(
            membership=admin(fresh_organization), kind=kind, keep_days=days, grace_days=grace
        )
    with pytest.raises(DatabaseError, match="retentionpolicy_"), bound(fresh_organization):
        RetentionPolicy.objects.create(
            organization=fresh_organization.organization, kind=kind, keep_days=days,
            grace_days=grace,
        )  # fmt: skip


def test_another_organizations_policy_is_out_of_reach(
    fresh_organization: Cast, alpha: Cast
) -> None:
    keep_for(fresh_organization, DataKind.FLIGHTS, 2_000)
    with bound(alpha):
        assert not RetentionPolicy.objects.filter(
            organization=fresh_organization.organization
        ).exists()


@pytest.mark.parametrize("kind", FLIGHT_KINDS)
def test_what_is_restored_is_as_it_was(fresh_organization: Cast, kind: DataKind) -> None:
    """Rows and files, to the byte; and it is not due again at once."""
    for seed in range(2):
        flown(fresh_organization, seed=seed, at=OLD + timedelta(hours=seed))
    flown(fresh_organization, seed=9, at=NOW - timedelta(days=5))
    call_command(
        "archive", organization=fresh_organization.organization.slug, older_than=100, json=True
    )
    before, files = everything(fresh_organization), files_of(fresh_organization)
    keep_for(fresh_organization, kind, 1_200)
    outcome = run(fresh_organization)
    assert (outcome.recycled, outcome.failures) == (2, [])
    assert everything(fresh_organization) != before
    (batch,) = batches(fresh_organization)
    assert (batch.state, batch.has_sources) == (BatchState.RECYCLED, False)
    with tenant_context(fresh_organization.organization):
        restore(batch, at=later(10))
    assert everything(fresh_organization) == before
    assert files_of(fresh_organization) == files
    assert run(fresh_organization, later(20)).recycled == 0
    assert run(fresh_organization, later(41)).recycled == 2


def test_flights_leave_with_all_that_belongs_to_them(fresh_organization: Cast) -> None:
    """Their telemetry goes with its month's partition, to files, before the flights do."""
    flown(fresh_organization)
    kept = flown(fresh_organization, seed=2, at=NOW - timedelta(days=100))
    keep_for(fresh_organization, DataKind.FLIGHTS, 1_200)
    assert "telemetry_point_y2022m03" in partitions(fresh_organization)
    outcome = run(fresh_organization)
    assert (outcome.recycled, outcome.failures) == (1, [])
    assert "telemetry_point_y2022m03" not in partitions(fresh_organization)
    with bound(fresh_organization):
        assert list(FlightSession.objects.all()) == [kept]
    (batch,) = batches(fresh_organization)
    assert batch.counts == {
        "flights_flightsession": 1,
        "flights_flightlog": 1,
        "telemetry_coldfile": 1,
        "telemetry_flightoverview": 1,
        "telemetry_flightquality": 1,
        "mlresults_analysis": 1,
        "mlresults_finding": 1,
    }
    assert rows_in_table(fresh_organization) == ROWS


def test_flight_under_way_is_never_due(fresh_organization: Cast) -> None:
    with bound(fresh_organization):
        FlightSession.objects.create(
            aircraft=fresh_organization.aircraft, state="in_progress", started_at=OLD
        )
        FlightLog.objects.create(
            aircraft=fresh_organization.aircraft, file="x", file_name="x", size_bytes=1,
            sha256="0" * 64, state="importing",
        )  # fmt: skip
        FlightLog.objects.update(created_at=OLD)
    keep_for(fresh_organization, DataKind.FLIGHTS, 1_200)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    assert run(fresh_organization).recycled == 0


def test_record_of_api_requests_is_recycled_and_removed(fresh_organization: Cast) -> None:
    with bound(fresh_organization):
        key = ApiKey.objects.create(
            organization=fresh_organization.organization, name="k", key_id=uuid.uuid4().hex[:12],
            digest=b"x" * 32, pepper_number=1, scopes=["read"], owner=admin(fresh_organization),
        )  # fmt: skip
        for days in (500, 10):
            ApiKeyUsage.objects.create(
                organization=fresh_organization.organization, key=key, requests=3,
                hour=NOW - timedelta(days=days), last_used_at=NOW - timedelta(days=days),
            )  # fmt: skip
    keep_for(fresh_organization, DataKind.API_USAGE, 400)
    assert run(fresh_organization).recycled == 1
    with bound(fresh_organization):
        assert ApiKeyUsage.objects.filter(key=key).count() == 1
    assert run(fresh_organization, later(31)).removed == 1


def test_grace_over_it_goes_for_good_with_a_certificate(fresh_organization: Cast) -> None:
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.FLIGHTS, 1_200, grace_days=30)
    run(fresh_organization)
    assert run(fresh_organization, later(29.9)).removed == 0
    outcome = run(fresh_organization, later(30))
    assert (outcome.removed, outcome.failures) == (1, [])
    assert files_of(fresh_organization) == {}
    with bound(fresh_organization):
        certificate = DeletionCertificate.objects.get(pk=outcome.certificates[0])
        event = AuditEvent.objects.filter(action="retention.deleted").latest("at")
    document = certificate.document
    assert (document["things"], document["rows"]["flights_flightsession"]) == (1, 1)
    assert document["policy"] == {"keep_days": 1_200, "grace_days": 30}
    assert {each["name"] for each in document["files"]} >= {"rows"}
    assert certificate.sha256 == digest_of(document)
    assert event.after["certificate"] == str(certificate.pk)
    with pytest.raises(Conflict), tenant_context(fresh_organization.organization):
        restore(batches(fresh_organization)[0], at=later(31))


def test_certificate_cannot_be_changed_by_anybody(fresh_organization: Cast) -> None:
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.ANALYSES, 1_200)
    run(fresh_organization)
    run(fresh_organization, later(31))
    certificates = DeletionCertificate.objects.all()
    with pytest.raises(DatabaseError, match="permission denied"), bound(fresh_organization):
        certificates.update(sha256="0" * 64)
    with pytest.raises(DatabaseError, match="permission denied"), bound(fresh_organization):
        certificates._raw_delete("default")
    with psycopg.connect(url_of(connections["owner"].settings_dict)) as owner:
        owner.execute("SELECT set_config('app.platform', 'on', true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is refused"):
            owner.execute("UPDATE maintenance_deletioncertificate SET sha256 = ''")


def test_organization_is_removed_and_its_certificates_stay(
    fresh_organization: Cast, tmp_path: Path
) -> None:
    flown(fresh_organization)
    for kind in (DataKind.ANALYSES, DataKind.RAW_LOGS):
        keep_for(fresh_organization, kind, 1_200)
    run(fresh_organization)
    with bound(fresh_organization):
        RecycledBatch.objects.filter(kind=DataKind.ANALYSES).update(remove_after=OLD)
    run(fresh_organization)
    slug = fresh_organization.organization.slug
    finish_closing(slug=slug, folder=tmp_path, is_early=True, tell=lambda _: None)
    identity = fresh_organization.organization.pk
    with platform_context(), transaction.atomic():
        assert DeletionCertificate.objects.filter(organization_id=identity).count() == 1
        assert not RecycledBatch.objects.filter(organization=identity).exists()


def test_what_changed_while_it_was_copied_stays(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    flight = flown(fresh_organization)
    keep_for(fresh_organization, DataKind.FLIGHTS, 1_200)
    copy = recycling._copy

    def changed_after(batch: object) -> object:
        rows = copy(batch)
        with transaction.atomic():
            FlightSession.objects.filter(pk=flight.pk).update(notes="Found out later")
        return rows

    monkeypatch.setattr(recycling, "_copy", changed_after)
    outcome = run(fresh_organization)
    assert "changed meanwhile" in outcome.failures[0]
    assert batches(fresh_organization) == []
    with bound(fresh_organization):
        assert FlightSession.objects.get(pk=flight.pk).notes == "Found out later"


def test_file_that_is_missing_keeps_its_row(fresh_organization: Cast) -> None:
    flown(fresh_organization)
    with bound(fresh_organization):
        default_storage.delete(FlightLog.objects.get().file.name)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    outcome = run(fresh_organization)
    assert "cannot be read" in outcome.failures[0]
    assert batches(fresh_organization) == []
    with bound(fresh_organization):
        assert FlightLog.objects.count() == 1


def test_damaged_archive_is_not_restored_and_nothing_changes(fresh_organization: Cast) -> None:
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    run(fresh_organization)
    (batch,) = batches(fresh_organization)
    path = settings.MEDIA_ROOT / batch.files[-1]["name"]
    path.write_bytes(b"X" + path.read_bytes()[1:])
    with pytest.raises(UnsoundRecycling), tenant_context(fresh_organization.organization):
        restore(batch, at=later(1))
    assert batches(fresh_organization)[0].state == BatchState.RECYCLED
    with bound(fresh_organization):
        assert not FlightLog.objects.exists()


def test_log_whose_flight_is_gone_cannot_go_back(fresh_organization: Cast) -> None:
    flight = flown(fresh_organization)
    keep_for(fresh_organization, DataKind.ANALYSES, 1_200)
    run(fresh_organization)
    with bound(fresh_organization):
        flight.delete()
    (batch,) = batches(fresh_organization)
    with (
        pytest.raises(Conflict, match="cannot go back"),
        tenant_context(fresh_organization.organization),
    ):
        restore(batch, at=later(1))
    assert batches(fresh_organization)[0].state == BatchState.RECYCLED


def test_second_run_at_the_same_time_is_refused(
    fresh_organization: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PATIENCE_S", 0.1)
    with (
        tenant_context(fresh_organization.organization),
        one_run_at_a_time(),
        pytest.raises(Conflict, match="Another run"),
    ):
        run(fresh_organization)
    assert run(fresh_organization).failures == []


def test_killed_run_the_server_has_not_noticed_yet_is_waited_for(fresh_organization: Cast) -> None:
    begun = threading.Event()

    def dying() -> None:
        with psycopg.connect(admin_dsn()) as server:
            server.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s || '.retention.run', 0))",
                [str(fresh_organization.organization.pk)],
            )
            begun.set()
            server.execute("SELECT pg_sleep(0.7)")

    with ThreadPoolExecutor(1) as others:
        killed = others.submit(dying)
        begun.wait()
        assert run(fresh_organization).failures == []
        killed.result()


def test_other_organizations_keep_everything(
    fresh_organization: Cast, casts: dict[str, Cast]
) -> None:
    alpha = casts["alpha"]
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.FLIGHTS, 1_200)
    with bound(alpha):
        before = (FlightSession.objects.count(), Analysis.objects.count(), ColdFile.objects.count())
    run(fresh_organization)
    with bound(alpha):
        after = (FlightSession.objects.count(), Analysis.objects.count(), ColdFile.objects.count())
    assert before == after


def test_command_previews_applies_and_restores(
    fresh_organization: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    slug = fresh_organization.organization.slug
    flown(fresh_organization)
    keep_for(fresh_organization, DataKind.ANALYSES, 1_200)
    call_command("retention", "preview", organization=slug)
    assert "Analyses, 2022-03: 1 to recycle" in capsys.readouterr().out
    call_command("retention", "preview", organization=slug, json=True)
    kinds = json.loads(capsys.readouterr().out)[slug]["kinds"]
    assert [kind["months"] for kind in kinds if kind["kind"] == "analyses"] == [
        [{"month": "2022-03", "due": 1, "held": 0, "kept_back": 0}]
    ]
    call_command("retention", "apply", organization=slug)
    assert "1 recycled, 0 deleted for good" in capsys.readouterr().out
    (batch,) = batches(fresh_organization)
    call_command("retention", "list", organization=slug)
    assert str(batch.pk) in capsys.readouterr().out
    call_command("retention", "restore", str(batch.pk), organization=slug)
    assert "1 things are back" in capsys.readouterr().out
    with bound(fresh_organization), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mlresults_finding")
        assert cursor.fetchone() == (1,)
    with pytest.raises(CommandError, match="not in the recycle archive"):
        call_command("retention", "restore", str(batch.pk), organization=slug)
