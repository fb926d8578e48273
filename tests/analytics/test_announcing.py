"""Soon after a flight closes: one refresh is queued, and only one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError as QueueAway

from accounts.choices import Role
from analytics import tasks
from analytics.announcing import PAUSE_S, QUEUED_KEY, REFRESH_TASK, send_refresh
from analytics.models import DailyFlights
from analytics.tasks import refresh_queued
from aviation.flights.choices import FlightState
from aviation.flights.deleting import delete_flight
from aviation.flights.models import FlightSession
from aviation.flights.services import abort_flight, complete_flight
from aviation.mlresults.services import store_assessment
from aviation.tenants.context import BoundOrganization, require_organization
from aviation.tenants.services import suspend_organization
from tests.api.build import make_flight
from tests.conftest import Cast
from tests.isolation.crowd import in_threads
from tests.mlresults.records import assessed, copter

Sent = list[tuple[str, list[str], float]]


def flight_of(cast: Cast, state: FlightState = FlightState.IN_PROGRESS) -> FlightSession:
    with transaction.atomic():
        return make_flight(cast, state=state)


def end(cast: Cast) -> None:
    complete_flight(flight=flight_of(cast), membership=cast.members[Role.MANAGER])


EVENTS: dict[str, Callable[[Cast], object]] = {
    "completed": end,
    "aborted": lambda cast: abort_flight(
        flight=flight_of(cast), membership=cast.members[Role.MANAGER]
    ),
    "deleted": lambda cast: delete_flight(
        flight=flight_of(cast, FlightState.COMPLETED), membership=cast.members[Role.MANAGER]
    ),
    "analysed": lambda cast: store_assessment(
        session=flight_of(cast, FlightState.COMPLETED), assessment=assessed(copter())
    ),
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_event_queues_a_refresh_of_its_organization(
    fleet: Cast, sent: Sent, event: Callable[[Cast], object]
) -> None:
    event(fleet)
    refreshes = [each for each in sent if each[0] == REFRESH_TASK]
    assert refreshes == [(REFRESH_TASK, [str(fleet.organization.pk)], PAUSE_S)]


def test_nothing_is_queued_before_the_commit_or_after_a_rollback(fleet: Cast, sent: Sent) -> None:
    with transaction.atomic():
        end(fleet)
        assert sent == []
        transaction.set_rollback(True)
    assert sent == []


def test_hundred_events_queue_one_refresh(fleet: Cast, sent: Sent) -> None:
    for _ in range(100):
        send_refresh(require_organization())
    assert len(sent) == 1


def test_events_at_once_queue_one_refresh(fleet: Cast, sent: Sent) -> None:
    organization = require_organization()
    in_threads(8, lambda _: send_refresh(organization))
    assert len(sent) == 1


def test_each_organization_has_a_queue_of_its_own(fleet: Cast, sent: Sent) -> None:
    send_refresh(require_organization())
    other = BoundOrganization(uuid.uuid4(), "other", "org_other")
    send_refresh(other)
    assert [arguments for _, arguments, _ in sent] == [
        [str(fleet.organization.pk)],
        [str(other.id)],
    ]


def test_event_after_the_refresh_began_queues_another(fleet: Cast, sent: Sent) -> None:
    end(fleet)
    refresh_queued(str(fleet.organization.pk))
    with transaction.atomic():
        assert [row.flights for row in DailyFlights.objects.all()] == [1]
    end(fleet)
    assert len(sent) == 2


def test_key_is_free_before_the_rows_are_read(
    fleet: Cast, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a flight that ends in between is neither read nor queued."""
    real = tasks.refresh_figures

    def in_between(**arguments: Any) -> Any:
        end(fleet)
        return real(**arguments)

    end(fleet)
    monkeypatch.setattr(tasks, "refresh_figures", in_between)
    refresh_queued(str(fleet.organization.pk))
    assert len(sent) == 2


def test_queue_away_is_no_error_and_is_tried_with_the_next_event(
    fleet: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise QueueAway("nobody there")

    monkeypatch.setattr(current_app, "send_task", away)
    cache.delete(QUEUED_KEY)
    end(fleet)
    assert [each for each in caplog.messages if "queue away" in each]
    assert cache.get(QUEUED_KEY) is None


@pytest.fixture
def no_redis(settings: Any) -> None:
    nowhere = {"LOCATION": "unix:///nowhere/redis.sock"}
    settings.CACHES = {alias: each | nowhere for alias, each in settings.CACHES.items()}


def test_redis_away_is_no_error(fleet: Cast, sent: Sent, no_redis: None) -> None:
    end(fleet)
    assert [each for each in sent if each[0] == REFRESH_TASK] == []
    refresh_queued(str(fleet.organization.pk))
    with transaction.atomic():
        assert DailyFlights.objects.count() == 1


def test_suspended_organization_is_passed_over(fleet: Cast, sent: Sent) -> None:
    end(fleet)
    suspend_organization(slug=fleet.organization.slug)
    refresh_queued(str(fleet.organization.pk))
    with transaction.atomic():
        assert DailyFlights.objects.count() == 0
