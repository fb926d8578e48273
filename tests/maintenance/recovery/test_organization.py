"""One organization goes back to a moment, and nobody else notices (R16)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connections, transaction

from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict
from aviation.fleet.models import Aircraft
from aviation.flights.models import FlightSession
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from aviation.tenants.schemas import create_schema, drop_schema
from maintenance.recovery import running
from maintenance.recovery.approving import RecoveryRefused
from maintenance.recovery.asking import found
from maintenance.recovery.choices import RecoveryState
from maintenance.recovery.models import RecoveryPhase
from maintenance.recovery.plans import read_plan, tables_of
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.models import RecycledBatch
from tests.conftest import make_cast
from tests.maintenance.recovery.installations import (
    Installation,
    delete_all_flights,
    fly,
    share_copies,
    suspended,
)
from tests.maintenance.recovery.people import ask, events, staff
from tests.maintenance.recovery.stories import (
    Story,
    approved,
    audit_head,
    counts,
    faults,
    generation,
    kill_at,
    planned,
    recovered,
)

pytestmark = pytest.mark.slow
POINTS = 36_000


@pytest.fixture(scope="module")
def story(place: Installation) -> Story:
    victim, other = make_cast("victim"), make_cast("other")
    for cast in (victim, other):
        fly(cast.organization, POINTS)
    place.cluster.take()
    before = place.sums(victim.organization.schema_name)
    moment = place.moment()
    place.archive()
    return Story(place, staff("author"), staff("second"), victim, other, moment, before)


@pytest.fixture(autouse=True)
def one_copy(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """All requests are of the same moment: they share what was restored for the first."""
    share_copies(monkeypatch)


@pytest.fixture
def organization(story: Story) -> Iterator[Organization]:
    """The one that had the accident, suspended for its recovery."""
    delete_all_flights(story.victim.organization)
    with suspended(story.victim.organization):
        yield story.victim.organization


def test_organization_is_back_and_all_others_are_as_they_were(
    story: Story, organization: Organization
) -> None:
    """R16: to the checksum; the audit trail and its numbers go on, caches are old."""
    assert counts(organization) == (0, 0)
    schema, other = organization.schema_name, story.other.organization
    untouched, events_before = story.place.sums(other.schema_name), audit_head(story)
    shared = story.place.sums("public")
    cached = generation(story, organization)
    numbers = f"{schema}.telemetry_quarantinedpoint_id_seq"
    story.place.cluster.do(f"SELECT setval('{numbers}', 500)")
    done = recovered(story, organization)
    assert done.state == RecoveryState.DONE
    assert story.place.sums(schema) == story.before
    assert counts(organization) == (1, POINTS)
    assert story.place.sums(other.schema_name) == untouched
    changed = {name for name, sums in story.place.sums("public").items() if sums != shared[name]}
    assert changed <= {
        "audit_event",
        "caching_change",
        "maintenance_recoveryrequest",
        "maintenance_recoveryphase",
        "tenants_schemastate",
    }
    assert generation(story, organization) > cached
    assert story.place.cluster.ask(f"SELECT nextval('{numbers}')") == 501
    assert audit_head(story)[0] > events_before[0]
    with platform_context(), transaction.atomic():
        (event,) = AuditEvent.objects.filter(action="recovery.exchanged", object_id=str(done.pk))
        assert AuditEvent.objects.filter(pk__lte=events_before[0]).count() > 0
    assert (event.org_id, event.actor_name) == (organization.pk, "recovery run")
    assert event.after["requested_by"] == str(story.author.pk)
    assert event.after["approved_by"] == str(story.second.pk)
    assert event.after["flights_flightsession"] == "0 -> 1 rows"
    assert [each.code for each in faults()] == []
    with platform_context(), transaction.atomic():
        steps = list(RecoveryPhase.objects.filter(request=done).values_list("step", flat=True))
    assert steps == ["restored", "checked", "copied", "exchanged"]


def test_organization_works_on_after_it(story: Story, organization: Organization) -> None:
    recovered(story, organization)
    with tenant_context(organization), transaction.atomic():
        made = Aircraft.objects.create(registration=f"NEW-{uuid.uuid4().hex[:6]}")
        assert FlightSession.objects.filter(aircraft=made).count() == 0
    fly(organization, 2 * POINTS)
    assert counts(organization) == (2, 2 * POINTS)
    with tenant_context(organization), transaction.atomic(), connections["default"].cursor() as c:
        c.execute("SELECT public.refresh_organization_view('analytics_dailyflights')")
        c.execute("SELECT count(*) FROM analytics_dailyflights")
        assert c.fetchone()[0] > 0
    with tenant_context(organization), transaction.atomic():
        made.delete()


def test_what_was_there_before_is_seen_by_nobody_and_can_be_put_back(
    story: Story, organization: Organization
) -> None:
    accident = story.place.sums(organization.schema_name)
    done = recovered(story, organization)
    may_use = "SELECT has_schema_privilege(%s, %s, 'USAGE')"
    for role in ("dbx_app", "dbx_reader"):
        assert story.place.cluster.ask(may_use, role, done.former_schema) is False
    undone = story.place.runner.undo(done.pk)
    assert undone.state == RecoveryState.UNDONE
    assert story.place.sums(organization.schema_name) == accident
    assert counts(organization) == (0, 0)
    assert [each.code for each in faults()] == []
    assert story.place.cluster.ask("SELECT to_regnamespace(%s)", done.former_schema) is None
    with platform_context(), transaction.atomic():
        assert AuditEvent.objects.filter(action="recovery.undone", object_id=str(done.pk)).exists()


def test_recovery_that_was_written_on_is_not_undone(
    story: Story, organization: Organization
) -> None:
    done = recovered(story, organization)
    with tenant_context(organization), transaction.atomic():
        made = Aircraft.objects.create(registration=f"SINCE-{uuid.uuid4().hex[:6]}")
    with pytest.raises(Conflict, match="written to since the recovery"):
        story.place.runner.undo(done.pk)
    assert found(done.pk).state == RecoveryState.DONE
    with tenant_context(organization), transaction.atomic():
        made.delete()


def test_what_was_kept_aside_goes_when_its_time_is_up(
    story: Story, organization: Organization
) -> None:
    done = recovered(story, organization)
    kept = "SELECT to_regnamespace(%s) IS NOT NULL"
    story.place.runner.tidy()
    assert story.place.cluster.ask(kept, done.former_schema) is True
    story.place.runner.tidy(at=datetime.now(UTC) + timedelta(days=8))
    assert story.place.cluster.ask(kept, done.former_schema) is False
    with pytest.raises(Conflict, match="cannot be undone"):
        story.place.runner.undo(done.pk)


def test_plan_says_what_is_lost_and_what_comes_back(
    story: Story, organization: Organization
) -> None:
    asked = planned(story, organization)
    rows = {each.table: (each.rows_now, each.rows_then) for each in tables_of(asked.plan)}
    assert rows["telemetry_point"] == (0, POINTS)
    plan = read_plan(asked.plan)
    assert plan["source"]["backups"]
    assert plan["source"]["wal_to"]
    words = " ".join(plan["consequences"])
    assert "LOST" in words
    assert "telemetry_point 0 rows now, 36,000 then" in words
    assert story.place.runner.plan(asked.pk).plan == asked.plan


def test_open_organization_is_not_planned(story: Story) -> None:
    asked = ask(story.author, story.other.organization.slug, target_at=story.moment)
    with pytest.raises(Conflict, match="Suspend it first"):
        story.place.runner.plan(asked.pk)


def test_moment_before_a_recycling_is_not_planned(story: Story, organization: Organization) -> None:
    """Its rows would be in the tables and in the recycle archive at once."""
    with platform_context(), transaction.atomic():
        batch = RecycledBatch.objects.create(
            organization=organization,
            kind=DataKind.RAW_LOGS,
            month=story.moment.date().replace(day=1),
            state=BatchState.RECYCLED,
            keep_days=30,
            grace_days=30,
            roots=["x"],
            first_at=story.moment,
            last_at=story.moment,
            made_at=story.moment + timedelta(seconds=1),
            recycled_at=story.moment + timedelta(seconds=1),
        )
    asked = ask(story.author, organization.slug, target_at=story.moment)
    with pytest.raises(Conflict, match="went to the recycle archive since"):
        story.place.runner.plan(asked.pk)
    with platform_context(), transaction.atomic():
        batch.delete()
    assert planned(story, organization).plan


def test_one_row_written_after_the_plan_voids_it(story: Story, organization: Organization) -> None:
    """R13: the plan made anew differs, so it does not run, and that is on record."""
    asked = approved(story, planned(story, organization))
    before = story.place.sums(organization.schema_name)
    with tenant_context(organization), transaction.atomic():
        Aircraft.objects.update(name="Renamed")
    changed = story.place.sums(organization.schema_name)
    assert changed != before
    with pytest.raises(RecoveryRefused, match="approval is void"):
        story.place.runner.run(asked.pk)
    assert story.place.sums(organization.schema_name) == changed
    assert found(asked.pk).state == RecoveryState.VOID
    assert [each.after["why"] for each in events(asked, "recovery.refused")] == ["plan_changed"]


def test_row_written_during_the_copy_stops_the_exchange(
    story: Story, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = approved(story, planned(story, organization))
    real = running.copy_schema

    def and_write(*arguments: Any) -> None:
        real(*arguments)
        with tenant_context(organization), transaction.atomic():
            Aircraft.objects.update(name=uuid.uuid4().hex)

    with monkeypatch.context() as patch:
        patch.setattr(running, "copy_schema", and_write)
        with pytest.raises(Conflict, match="written to since the plan"):
            story.place.runner.run(asked.pk)
    assert found(asked.pk).state == RecoveryState.FAILED
    assert counts(organization) == (0, 0)


def test_moment_of_another_release_is_refused_by_name(
    story: Story, organization: Organization
) -> None:
    noted = f'"{organization.schema_name}".django_migrations'
    story.place.cluster.do(
        f"INSERT INTO {noted} (app, name, applied) VALUES ('fleet', '9999_later', now())"
    )
    try:
        with pytest.raises(Conflict, match=r"They lack fleet\.9999_later"):
            planned(story, organization)
    finally:
        story.place.cluster.do(f"DELETE FROM {noted} WHERE name = '9999_later'")


def test_schema_kept_aside_is_inspected_and_goes_with_its_organization(story: Story) -> None:
    organization = make_cast("short").organization
    aside = f"aside_{organization.pk.hex}_was_1"
    story.place.cluster.do(f"CREATE SCHEMA {aside} AUTHORIZATION dbx_owner")
    assert faults() == []
    story.place.cluster.do(f"GRANT USAGE ON SCHEMA {aside} TO dbx_app")
    assert [(each.code, each.where) for each in faults()] == [("schema_rights", aside)]
    with platform_context(), transaction.atomic(using="owner"):
        drop_schema(organization.schema_name)
    assert story.place.cluster.ask("SELECT to_regnamespace(%s)", aside) is None
    with platform_context(), transaction.atomic(using="owner"):
        create_schema(organization)


def test_flight_whose_aircraft_is_gone_is_refused_whole(story: Story) -> None:
    """The database refuses it, nothing is put back, and the message says why."""
    organization = story.other.organization
    with tenant_context(organization), transaction.atomic():
        flight = FlightSession.objects.get()
        flight_id, aircraft_id = flight.pk, flight.aircraft_id
    delete_all_flights(organization)
    with tenant_context(organization), transaction.atomic():
        Aircraft.objects.filter(pk=aircraft_id).delete()
    asked = ask(
        story.author, organization.slug, target_at=story.moment, kind="flight", flight_id=flight_id
    )
    story.place.runner.plan(asked.pk)
    approved(story, found(asked.pk))
    with pytest.raises(Conflict, match="foreign key"):
        story.place.runner.run(asked.pk)
    assert found(asked.pk).state == RecoveryState.FAILED
    assert counts(organization) == (0, 0)
    back = ask(
        story.author,
        organization.slug,
        target_at=story.moment,
        kind="table",
        table_name="fleet_aircraft",
    )
    for each in (back, asked):
        story.place.runner.plan(each.pk)
        approved(story, found(each.pk))
        assert story.place.runner.run(each.pk).state == RecoveryState.DONE
    assert counts(organization) == (1, POINTS)


def test_killed_run_is_run_again(story: Story, organization: Organization) -> None:
    """What was begun is done again, or was done as a whole; what lies there is in no sight."""
    asked = approved(story, planned(story, organization))
    kill_at(story, asked, "Copying ...")
    assert found(asked.pk).state == RecoveryState.RUNNING
    assert counts(organization) == (0, 0)
    rival = approved(story, planned(story, organization))
    with pytest.raises(Conflict, match="Another recovery of victim runs, or was killed"):
        story.place.runner.run(rival.pk)
    kill_at(story, asked, "Exchanging ...")
    if found(asked.pk).state != RecoveryState.DONE:
        assert counts(organization) == (0, 0)
        may_use = "SELECT has_schema_privilege('dbx_app', %s, 'USAGE')"
        assert story.place.cluster.ask(may_use, asked.incoming_schema) is False
        with story.place.command("recovery", "run", str(asked.pk)) as last:
            last.communicate()
        assert last.returncode == 0
    assert found(asked.pk).state == RecoveryState.DONE
    assert story.place.sums(organization.schema_name) == story.before


def test_two_commands_do_not_hold_one_request(story: Story, organization: Organization) -> None:
    asked = planned(story, organization)
    with psycopg.connect(story.place.cluster.dsn) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [0x6462_7872, asked.pk])
        with pytest.raises(Conflict, match="another command"):
            story.place.runner.plan(asked.pk)
