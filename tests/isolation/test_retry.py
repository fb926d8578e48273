"""Work is repeated when it was certainly undone, or may be done twice, and never otherwise."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from aviation.tenants.retry import run_in_transaction
from tests.conftest import Cast
from tests.isolation.conftest import admin_dsn


def raising(state: str) -> Callable[[], None]:
    """Work that PostgreSQL itself refuses with this code."""

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$"
            )

    return work


class Counted:
    """Work that fails so many times, then answers."""

    def __init__(self, failures: int, fail: Callable[[], None]) -> None:
        self.calls, self.failures, self.fail = 0, failures, fail

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            self.fail()
        return "done"


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
def test_conflict_is_tried_again(committing: None, state: str) -> None:
    pauses: list[float] = []
    work = Counted(2, raising(state))
    assert run_in_transaction(work, idempotent=False, sleep=pauses.append) == "done"
    assert work.calls == 3
    assert len(pauses) == 2


def test_pauses_grow(committing: None) -> None:
    pauses: list[float] = []
    run_in_transaction(
        Counted(3, raising("40001")), idempotent=False, first_pause_s=1, sleep=pauses.append
    )
    assert [
        low <= pause <= high
        for pause, (low, high) in zip(pauses, [(0.5, 1.5), (1, 3), (2, 6)], strict=True)
    ] == [True] * 3


def test_last_failure_is_raised(committing: None) -> None:
    work = Counted(9, raising("40001"))
    with pytest.raises(OperationalError, match="refused"):
        run_in_transaction(work, idempotent=True, attempts=3, sleep=lambda _: None)
    assert work.calls == 3


def test_fault_of_the_work_is_not_tried_again(committing: None) -> None:
    work = Counted(1, raising("23505"))
    with pytest.raises(IntegrityError):
        run_in_transaction(work, idempotent=True, sleep=lambda _: None)
    assert work.calls == 1


def lose_connection() -> None:
    """The server ends this very session, and the statement finds out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_lost_connection_is_tried_again_for_idempotent_work(committing: None) -> None:
    work = Counted(1, lose_connection)
    assert run_in_transaction(work, idempotent=True, sleep=lambda _: None) == "done"


def test_lost_connection_is_not_tried_again_otherwise(committing: None) -> None:
    """Nobody knows whether the commit arrived."""
    work = Counted(1, lose_connection)
    with pytest.raises(OperationalError):
        run_in_transaction(work, idempotent=False, sleep=lambda _: None)
    assert work.calls == 1
    assert run_in_transaction(lambda: "next", idempotent=False) == "next"


def test_second_try_is_bound_again(standing: tuple[Cast, Cast]) -> None:
    with tenant_context(standing[0].organization):

        def work() -> list[str]:
            if not failed:
                failed.append(True)
                lose_connection()
            return list(Aircraft.objects.values_list("registration", flat=True))

        failed: list[bool] = []
        found = run_in_transaction(work, idempotent=True, sleep=lambda _: None)
    assert found == [standing[0].aircraft.registration]


def test_two_that_lock_each_other_both_get_through(standing: tuple[Cast, Cast]) -> None:
    """A real deadlock, which PostgreSQL ends by undoing one of the two."""
    from threading import Barrier

    from tests.isolation.crowd import in_threads

    organization, meeting, tries = standing[0].organization, Barrier(2), [0, 0]
    keys = (1, 2)

    def work(number: int) -> None:
        tries[number] += 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(77, %s)", [keys[number]])
            if tries[number] == 1:
                meeting.wait(timeout=20)
            cursor.execute("SELECT pg_advisory_xact_lock(77, %s)", [keys[1 - number]])

    def one(number: int) -> None:
        with tenant_context(organization):
            run_in_transaction(lambda: work(number), idempotent=False)

    in_threads(2, one)
    assert sorted(tries) == [1, 2]


def test_part_of_a_larger_transaction_is_refused(committing: None) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="larger transaction"):
        run_in_transaction(lambda: None, idempotent=True)


def test_server_that_is_not_there_counts_as_lost(committing: None) -> None:
    """The superuser keeps the application out for a moment."""
    name = connection.settings_dict["NAME"]
    work = Counted(0, lambda: None)

    def let_in(_pause_s: float) -> None:
        with psycopg.connect(admin_dsn(), autocommit=True) as server:
            server.execute(f'GRANT CONNECT ON DATABASE "{name}" TO dbx_app')

    with psycopg.connect(admin_dsn(), autocommit=True) as server:
        server.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM dbx_app')
    connection.close()
    assert run_in_transaction(work, idempotent=True, sleep=let_in) == "done"
