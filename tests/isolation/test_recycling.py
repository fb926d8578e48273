"""T20: what a connection learns about organizations' tables stays bounded."""

from __future__ import annotations

from django.db import connection, transaction

from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.isolation.conftest import changed_settings


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), count(*) FROM fleet_aircraft")
        return int(cursor.fetchone()[0])


def test_connection_is_recycled_after_so_many_organizations(
    standing: tuple[Cast, Cast],
) -> None:
    pids = []
    with changed_settings("default", ORGANIZATIONS_PER_CONNECTION=2):
        for cast in (standing[0], standing[0], standing[1], standing[0]):
            with tenant_context(cast.organization), transaction.atomic():
                pids.append(backend())
    assert pids[0] == pids[1] == pids[2] != pids[3]


def test_connection_is_kept_while_few_organizations_use_it(standing: tuple[Cast, Cast]) -> None:
    pids = set()
    for _ in range(20):
        for cast in standing:
            with tenant_context(cast.organization), transaction.atomic():
                pids.add(backend())
    assert len(pids) == 1


def test_work_left_for_after_the_commit_is_done_before_recycling(
    standing: tuple[Cast, Cast],
) -> None:
    done: list[int] = []
    with (
        changed_settings("default", ORGANIZATIONS_PER_CONNECTION=1),
        tenant_context(standing[0].organization),
        transaction.atomic(),
    ):
        backend()
        transaction.on_commit(lambda: done.append(1))
    assert done == [1]
