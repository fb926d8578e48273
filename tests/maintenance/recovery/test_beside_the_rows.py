"""What recovery does about people, about files in the storage, and about a whole cluster."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.choices import Role
from accounts.members.services import change_role, end_membership
from accounts.models import Membership
from accounts.services import add_member
from aviation.common.errors import Conflict
from aviation.fleet.models import Aircraft
from aviation.flights.logs import log_path
from aviation.flights.models import FlightLog, FlightSession
from aviation.tenants.context import platform_context, tenant_context
from aviation.tenants.models import Organization
from embedded.secret_file import SUPERUSER
from maintenance.backup.throw_away import throw_away_server
from maintenance.recovery.asking import found
from maintenance.recovery.choices import RecoveryKind, RecoveryState
from maintenance.recovery.comparing import contents_of
from maintenance.recovery.models import RecoveryRequest
from maintenance.recovery.plans import read_plan
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.models import RecycledBatch
from tests.conftest import Cast, make_cast
from tests.maintenance.recovery.installations import (
    Installation,
    delete_all_flights,
    fly,
    share_copies,
    suspended,
)
from tests.maintenance.recovery.people import ask, staff
from tests.maintenance.recovery.stories import Story, approved, counts, planned, recovered

pytestmark = pytest.mark.slow
POINTS = 36_000


@pytest.fixture(scope="module")
def story(place: Installation) -> Story:
    """A flight with a pilot and a raw log, a backup, and the moment."""
    victim, other = make_cast("victim"), make_cast("other")
    fly(victim.organization, POINTS)
    add_log(victim)
    place.cluster.take()
    before = place.sums(victim.organization.schema_name)
    moment = place.moment()
    place.archive()
    return Story(place, staff("author"), staff("second"), victim, other, moment, before)


@pytest.fixture(autouse=True)
def one_copy(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    share_copies(monkeypatch)


@pytest.fixture
def organization(story: Story) -> Iterator[Organization]:
    """The one that had the accident, suspended; its pilot is a member again afterwards."""
    organization = story.victim.organization
    delete_all_flights(organization)
    with suspended(organization):
        yield organization
    if member(story.victim, Role.PILOT).ended_at is not None:
        admit_again(organization)


def add_log(cast: Cast) -> None:
    with tenant_context(cast.organization), transaction.atomic():
        flight = FlightSession.objects.get()
        FlightSession.objects.update(pilot=cast.members[Role.PILOT])
        log = FlightLog(
            session=flight, aircraft=flight.aircraft, file_name="1.ulg", size_bytes=3,
            sha256="0" * 64, state="imported",
        )  # fmt: skip
        log.file.save(log_path(log), ContentFile(b"raw"), save=False)
        log.save(force_insert=True)


def admit_again(organization: Organization) -> Membership:
    email = f"{Role.PILOT}@{organization.slug}.example.org"
    return add_member(organization=organization, email=email, role=Role.PILOT)


@contextmanager
def without(name: str) -> Iterator[None]:
    """For a block the file is gone from the storage."""
    default_storage.delete(name)
    yield
    default_storage.save(name, ContentFile(b"raw"))


def file_of(organization: Organization) -> str:
    with tenant_context(organization), transaction.atomic():
        return str(FlightLog.objects.get().file.name)


def words_of(asked: RecoveryRequest) -> str:
    return " ".join(read_plan(asked.plan)["consequences"])


def member(cast: Cast, role: str) -> Membership:
    with platform_context(), transaction.atomic():
        return Membership.objects.get(pk=cast.members[role].pk)


def test_who_was_let_out_since_stays_out_and_roles_stay_as_they_are(
    story: Story, organization: Organization
) -> None:
    """What a manager expects: going back to before a dismissal does not undo it."""
    cast = story.victim
    with tenant_context(organization), transaction.atomic():
        actor = member(cast, Role.ADMIN)
        end_membership(actor=actor, member=member(cast, Role.PILOT))
        change_role(actor=actor, member=member(cast, Role.ANALYST), role=Role.READONLY)
    asked = planned(story, organization)
    assert "whoever was let out since is not let in again" in words_of(asked)
    assert "memberships that were deleted" not in words_of(asked)
    story.place.runner.run(approved(story, asked).pk)
    assert member(cast, Role.PILOT).ended_at is not None
    assert member(cast, Role.ANALYST).role == Role.READONLY
    with tenant_context(organization), transaction.atomic():
        assert FlightSession.objects.get().pilot_id == cast.members[Role.PILOT].pk


def test_membership_deleted_in_the_database_comes_back_and_lets_nobody_in(
    story: Story, organization: Organization
) -> None:
    """Flights of then name it; whether its person comes in again is for an administrator to say."""
    cast = story.victim
    gone = member(cast, Role.PILOT)
    story.place.cluster.do(
        "SET session_replication_role = replica",
        f"DELETE FROM accounts_membership WHERE id = '{gone.pk}'",
    )
    asked = planned(story, organization)
    assert "1 memberships that were deleted come back as ended ones" in words_of(asked)
    story.place.runner.run(approved(story, asked).pk)
    back = member(cast, Role.PILOT)
    assert (back.user_id, back.role, back.created_at) == (gone.user_id, gone.role, gone.created_at)
    assert back.ended_at is not None
    with tenant_context(organization), transaction.atomic():
        assert FlightSession.objects.get().pilot_id == gone.pk
    again = admit_again(organization)
    assert (again.pk, again.ended_at) == (gone.pk, None)


def test_plan_says_which_files_are_gone_from_the_storage(
    story: Story, organization: Organization
) -> None:
    recovered(story, organization)
    with without(file_of(organization)):
        told = words_of(planned(story, organization))
    assert "1 uploaded logs are gone from the storage" in told
    assert "gone from the storage" not in words_of(planned(story, organization))


@pytest.mark.parametrize("kind", [RecoveryKind.FLIGHT, RecoveryKind.TABLE])
def test_plan_for_rows_says_which_of_their_files_are_gone(
    story: Story, organization: Organization, kind: RecoveryKind
) -> None:
    """A flight that was deleted took its raw log along: its row comes back, the file does not."""
    recovered(story, organization)
    name, more = file_of(organization), wanted(organization, kind)
    delete_all_flights(organization)
    asked = ask(story.author, organization.slug, target_at=story.moment, kind=kind, **more)
    assert "gone from the storage" not in words_of(story.place.runner.plan(asked.pk))
    with without(name):
        told = words_of(story.place.runner.plan(asked.pk))
    assert "1 uploaded logs are gone" in told


@pytest.mark.parametrize("kind", [RecoveryKind.FLIGHT, RecoveryKind.TABLE])
def test_rows_that_lie_in_the_recycle_archive_are_restored_there(
    story: Story, organization: Organization, kind: RecoveryKind
) -> None:
    """Put back from a backup they would be in two places, and their files go with the archive."""
    recovered(story, organization)
    more = wanted(organization, kind)
    with tenant_context(organization), transaction.atomic():
        flight = FlightSession.objects.get().pk
    delete_all_flights(organization)
    asked = ask(story.author, organization.slug, target_at=story.moment, kind=kind, **more)
    with tenant_context(organization), transaction.atomic():
        other = recycled(story, organization, uuid.uuid4(), "telemetry_coldfile")
    assert story.place.runner.plan(asked.pk).plan
    with tenant_context(organization), transaction.atomic():
        batch = recycled(story, organization, flight, "flights_flightlog")
    with pytest.raises(Conflict, match="went to the recycle archive since"):
        story.place.runner.plan(asked.pk)
    with platform_context(), transaction.atomic():
        RecycledBatch.objects.filter(pk__in=[batch.pk, other.pk]).delete()


def recycled(
    story: Story, organization: Organization, flight: uuid.UUID, table: str
) -> RecycledBatch:
    since = story.moment + timedelta(seconds=1)
    return RecycledBatch.objects.create(
        organization=organization, kind=DataKind.RAW_LOGS, month=since.date().replace(day=1),
        state=BatchState.RECYCLED, keep_days=30, grace_days=30, roots=["x"], flight_ids=[flight],
        counts={table: 1}, first_at=since, last_at=since, made_at=since, recycled_at=since,
    )  # fmt: skip


def wanted(organization: Organization, kind: RecoveryKind) -> dict[str, object]:
    if kind == RecoveryKind.TABLE:
        return {"table_name": "flights_flightlog"}
    with tenant_context(organization), transaction.atomic():
        return {"flight_id": FlightSession.objects.get().pk}


def test_folder_of_a_recovered_cluster_starts_and_holds_the_rows_of_the_moment(
    story: Story, organization: Organization
) -> None:
    """A server on a unix socket, rolled forward to the moment and open for writing."""
    since = uuid.uuid4()
    with tenant_context(story.other.organization), transaction.atomic():
        Aircraft.objects.create(registration=f"SINCE-{since.hex[:6]}", name=str(since))
    folder = story.place.cluster.base / "recovered" / "data"
    folder.parent.mkdir()
    asked = ask(
        story.author, "", kind=RecoveryKind.CLUSTER, target_at=story.moment,
        data_folder=str(folder),
    )  # fmt: skip
    story.place.runner.plan(asked.pk)
    approved(story, found(asked.pk))
    assert story.place.runner.run(asked.pk).state == RecoveryState.DONE
    assert counts(organization) == (0, 0)
    programs = story.place.cluster.programs
    with (
        throw_away_server(Path(folder), programs, user=SUPERUSER, database="dbx") as dsn,
        psycopg.connect(dsn, autocommit=True) as copy,
    ):
        sums = contents_of(copy, organization.schema_name)
        assert {name: (each.rows, each.digest) for name, each in sums.items()} == story.before
        assert rows(copy, "accounts_membership") == rows(
            story.place.cluster.dsn, "accounts_membership"
        )
        late = f"{story.other.organization.schema_name}.fleet_aircraft WHERE registration ~ 'SINCE'"
        assert (rows(copy, late), rows(story.place.cluster.dsn, late)) == (0, 1)
        ended = "SELECT max(at) FROM audit_event"
        assert copy.execute(ended).fetchone()[0] <= story.moment + timedelta(seconds=1)
        copy.execute("CREATE TABLE public.written_after_it ()")


def rows(where: str | psycopg.Connection, table: str) -> int:
    if isinstance(where, str):
        with psycopg.connect(where) as connection:
            return rows(connection, table)
    row = where.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])
