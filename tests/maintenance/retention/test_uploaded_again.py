"""A log that retention took away is not uploaded anew beside what is left of it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command

from accounts.choices import Role
from aviation.common.errors import Conflict
from aviation.flights.logs import DuplicateLog, keep_log
from aviation.flights.models import FlightLog, FlightSession
from aviation.tenants.context import tenant_context
from maintenance.retention.choices import BatchState, DataKind
from maintenance.retention.restoring import restore
from tests.conftest import Cast, make_cast
from tests.maintenance.retention.world import batches, bound, flown, keep_for, later, run

CONTENT = b"the raw log of one flight"
WITH_LOGS = [DataKind.RAW_LOGS, DataKind.FLIGHTS]


@pytest.fixture(params=WITH_LOGS)
def recycled(request: pytest.FixtureRequest, fresh_organization: Cast) -> Cast:
    """An organization whose only log lies in the recycle archive, alone or with its flight."""
    flown(fresh_organization, content=CONTENT)
    keep_for(fresh_organization, request.param, 1_200)
    assert run(fresh_organization).failures == []
    return fresh_organization


def upload(cast: Cast, content: bytes = CONTENT) -> FlightLog:
    with bound(cast):
        return keep_log(
            file=ContentFile(content),
            file_name="again.ulg",
            aircraft=cast.aircraft,
            uploaded_by=cast.members[Role.PILOT],
        )


def counts(cast: Cast) -> tuple[int, int]:
    with bound(cast):
        return FlightSession.objects.count(), FlightLog.objects.count()


def test_log_in_the_recycle_archive_is_not_uploaded_again(recycled: Cast) -> None:
    before = counts(recycled)
    with pytest.raises(Conflict, match="recycle archive until 15 December 2026") as refused:
        upload(recycled)
    assert refused.value.code == "recycled"
    assert "ulg" not in refused.value.message
    assert counts(recycled) == before
    upload(recycled, b"another log")


def test_restored_it_is_there_once_and_a_duplicate_as_ever(recycled: Cast) -> None:
    (batch,) = batches(recycled)
    with tenant_context(recycled.organization):
        restore(batch, at=later(1))
    assert counts(recycled) == (1, 1)
    with pytest.raises(DuplicateLog):
        upload(recycled)
    assert counts(recycled) == (1, 1)


def test_deleted_for_good_it_is_refused_while_its_flight_stays(
    recycled: Cast,
) -> None:
    assert run(recycled, later(31)).failures == []
    (batch,) = batches(recycled)
    assert batch.state == BatchState.REMOVED
    if batch.kind == DataKind.RAW_LOGS:
        with pytest.raises(Conflict, match="its flight is there"):
            upload(recycled)
        with bound(recycled):
            FlightSession.objects.get().delete()
    assert upload(recycled).sha256
    assert counts(recycled) == (0, 1)


def test_log_whose_flight_was_deleted_by_hand_may_come_again(fresh_organization: Cast) -> None:
    """It cannot be restored without the flight, and nothing would count twice."""
    flown(fresh_organization, content=CONTENT)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    assert run(fresh_organization).failures == []
    with bound(fresh_organization):
        FlightSession.objects.get().delete()
    assert upload(fresh_organization).sha256


def test_deleted_for_good_it_is_refused_while_its_flight_can_be_restored(
    fresh_organization: Cast,
) -> None:
    flown(fresh_organization, content=CONTENT)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    for days in (0, 31):
        assert run(fresh_organization, later(days)).failures == []
    keep_for(fresh_organization, DataKind.FLIGHTS, 1_200)
    assert run(fresh_organization, later(32)).failures == []
    assert [each.state for each in batches(fresh_organization)] == [
        BatchState.REMOVED,
        BatchState.RECYCLED,
    ]
    with pytest.raises(Conflict, match="or in the recycle archive"):
        upload(fresh_organization)
    assert run(fresh_organization, later(63)).failures == []
    assert upload(fresh_organization).sha256


@pytest.mark.parametrize(
    ("days", "told"), [((), "recycle archive until 15 December 2026"), ((31,), "was deleted")]
)
def test_command_counts_it_apart_and_does_not_fail(
    fresh_organization: Cast, tmp_path: Path, days: tuple[int, ...], told: str
) -> None:
    flown(fresh_organization, content=CONTENT)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    for day in (0, *days):
        assert run(fresh_organization, later(day)).failures == []
    (tmp_path / "a.ulg").write_bytes(CONTENT)
    before, output, complaints = counts(fresh_organization), StringIO(), StringIO()
    call_command(
        *("import_logs", str(tmp_path), f"--organization={fresh_organization.organization.slug}"),
        stdout=output,
        stderr=complaints,
    )
    assert output.getvalue() == (
        "0 imported, 0 were there already, 1 in the recycle archive or deleted from it, 0 failed.\n"
    )
    line = complaints.getvalue().splitlines()[-1]
    assert line.startswith(f"recycled: {tmp_path / 'a.ulg'}: This log was uploaded before")
    assert told in line
    assert counts(fresh_organization) == before


def test_other_organizations_upload_it_as_they_like(recycled: Cast) -> None:
    other = make_cast(f"{recycled.organization.slug}-other")
    assert upload(other).sha256
