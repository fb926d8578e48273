"""T16: a queued task leaves nothing behind in its worker, whether it ends well or badly."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from celery import Celery, Task
from django.db import connections, transaction
from kombu import Queue

from aviation.fleet.models import Aircraft
from aviation.tenants.context import (
    BoundOrganization,
    _organization,
    bound_organization,
    tenant_context,
)
from aviation.tenants.postgresql.base import NoOrganizationBound
from aviation.tenants.tasks import NamedTask
from tests.conftest import Cast


class Worker:
    """One worker process' way with its tasks: Celery's own tracer, one after another."""

    def __init__(self) -> None:
        self.app = Celery("trial", broker="memory://", task_cls=NamedTask, set_as_current=False)
        self.app.conf.task_queues = [Queue("celery")]

    def run(self, work: Callable[[], object]) -> object:
        """What the task answers, or the error it raised."""
        task: Task = self.app.task(name=f"trial.{work.__name__}", lazy=False)(work)
        return task.apply(throw=False).result


@pytest.fixture
def worker(committing: None) -> Iterator[Worker]:
    yield Worker()
    connections.close_all()


def read() -> list[str]:
    with transaction.atomic():
        return list(Aircraft.objects.values_list("registration", flat=True))


def outcome_after(worker: Worker, cast: Cast, *, fails: bool) -> tuple[object, object]:
    """What a task of the organization answers, and one without after it."""

    def of_organization() -> object:
        with tenant_context(cast.organization), transaction.atomic():
            found = list(Aircraft.objects.values_list("registration", flat=True))
            if fails:
                raise ValueError("odd log")
            return found

    def of_nobody() -> object:
        return bound_organization(), read()

    return worker.run(of_organization), worker.run(of_nobody)


def test_task_without_organization_is_refused_after_one_that_failed(
    worker: Worker, standing: tuple[Cast, Cast]
) -> None:
    first, second = outcome_after(worker, standing[0], fails=True)
    assert isinstance(first, ValueError)
    assert isinstance(second, NoOrganizationBound)


def test_task_without_organization_is_refused_after_one_that_succeeded(
    worker: Worker, standing: tuple[Cast, Cast]
) -> None:
    first, second = outcome_after(worker, standing[0], fails=False)
    assert first == [standing[0].aircraft.registration]
    assert isinstance(second, NoOrganizationBound)


def test_task_that_forgot_to_leave_its_context_is_not_inherited(
    worker: Worker, standing: tuple[Cast, Cast]
) -> None:
    organization = standing[0].organization

    def careless() -> None:
        _organization.set(BoundOrganization(organization.id, "", organization.schema_name))

    def next_one() -> object:
        return bound_organization()

    worker.run(careless)
    assert worker.run(next_one) is None


def test_failed_tasks_transaction_is_undone(worker: Worker, standing: tuple[Cast, Cast]) -> None:
    cast = standing[0]

    def half_done() -> None:
        with tenant_context(cast.organization), transaction.atomic():
            Aircraft.objects.create(registration="HALF-DONE")
            raise ValueError

    worker.run(half_done)
    with tenant_context(cast.organization):
        assert read() == [cast.aircraft.registration]
