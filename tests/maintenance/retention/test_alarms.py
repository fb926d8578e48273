"""Retention that could not be kept is told, and told to be well again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import transaction

from aviation.flights.models import FlightLog
from aviation.tenants.context import platform_context
from maintenance.backup.alarms import clear_alarm
from maintenance.backup.choices import AlarmKind
from maintenance.backup.models import BackupAlarm
from maintenance.retention import tasks
from maintenance.retention.choices import DataKind
from maintenance.retention.telling import forget_others, tell_outcome
from tests.conftest import Cast
from tests.maintenance.retention.world import OLD, bound, flown, keep_for


@pytest.fixture
def broken(fresh_organization: Cast) -> Iterator[Cast]:
    """An organization whose retention fails until its lost file is put back."""
    flown(fresh_organization)
    with bound(fresh_organization):
        default_storage.delete(FlightLog.objects.get().file.name)
    keep_for(fresh_organization, DataKind.RAW_LOGS, 1_200)
    yield fresh_organization
    clear_alarm(AlarmKind.RETENTION, organization=fresh_organization.organization.slug)


def put_back(cast: Cast) -> None:
    with bound(cast):
        log = FlightLog.objects.get()
        default_storage.save(log.file.name, ContentFile(f"raw log 1 {OLD}".encode()))


def open_alarms(cast: Cast) -> list[str]:
    with platform_context(), transaction.atomic():
        mine = BackupAlarm.objects.open().filter(organization=cast.organization.slug)
        return list(mine.values_list("message", flat=True))


def test_clock_tells_what_failed(broken: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(tasks.logger, "error", lambda _, reason: told.append(reason))
    assert tasks.keep_retention_of(broken.organization) == 1
    assert "cannot be read" in told[0]


def test_failing_clock_raises_one_alarm_and_a_good_run_clears_it(broken: Cast) -> None:
    for _ in range(2):
        tasks.keep_retention_of(broken.organization)
    (message,) = open_alarms(broken)
    assert broken.organization.slug in message
    assert "1.ulg" not in message
    put_back(broken)
    assert tasks.keep_retention_of(broken.organization) == 0
    assert open_alarms(broken) == []


def test_failing_command_raises_the_alarm_and_a_good_one_clears_it(broken: Cast) -> None:
    slug = broken.organization.slug
    with pytest.raises(CommandError):
        call_command("retention", "apply", organization=slug)
    assert len(open_alarms(broken)) == 1
    put_back(broken)
    call_command("retention", "apply", organization=slug)
    assert open_alarms(broken) == []


def test_organization_that_cannot_be_looked_at_raises_the_alarm(
    broken: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(**_: object) -> None:
        raise RuntimeError("Something nobody thought of.")

    monkeypatch.setattr(tasks, "run_retention", stumble)
    assert tasks.keep_retention_of(broken.organization) == 1
    assert len(open_alarms(broken)) == 1


def test_alarm_about_an_organization_that_is_no_longer_looked_after_is_cleared(
    broken: Cast, alpha: Cast
) -> None:
    tell_outcome(broken.organization, 3)
    forget_others([alpha.organization, broken.organization])
    assert len(open_alarms(broken)) == 1
    forget_others([alpha.organization])
    assert open_alarms(broken) == []
