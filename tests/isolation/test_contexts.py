"""Every thread, hop and nesting has its own organization or none, never somebody else's."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.db import ProgrammingError, connection, connections, transaction

from aviation.fleet.models import Aircraft
from aviation.tenants.context import bound_organization, tenant_context
from aviation.tenants.postgresql.base import NoOrganizationBound
from tests.conftest import Cast
from tests.isolation.crowd import in_threads


def own_registration() -> str:
    """What the bound organization's fleet says, or the name of the refusal."""
    try:
        with transaction.atomic():
            return ",".join(Aircraft.objects.values_list("registration", flat=True))
    except ProgrammingError as error:
        return type(error).__name__


def test_leaving_a_nested_context_restores_ones_own(standing: tuple[Cast, Cast]) -> None:
    """T5: 6 threads nest two contexts 300 times each; 1,800 of 1,800 are back in their own."""

    def nest(number: int) -> int:
        own, other = standing[number % 2].organization, standing[1 - number % 2].organization
        back = 0
        with tenant_context(own):
            for _ in range(300):
                with tenant_context(other), tenant_context(own), tenant_context(other):
                    pass
                bound = bound_organization()
                back += bound is not None and bound.id == own.id
        return back

    assert sum(in_threads(6, nest)) == 1_800


def test_content_types_are_the_same_for_all(standing: tuple[Cast, Cast]) -> None:
    """T6: 9,000 look-ups by 6 threads in two organizations, 0 foreign ids."""
    with transaction.atomic():
        expected = dict(ContentType.objects.values_list("model", "id"))
    ContentType.objects.clear_cache()

    def look_up(number: int) -> int:
        right = 0
        with tenant_context(standing[number % 2].organization):
            for turn in range(1_500):
                if turn % 10 == 0:
                    ContentType.objects.clear_cache()
                with transaction.atomic():
                    found = ContentType.objects.get_for_model(Aircraft)
                right += found.pk == expected["aircraft"]
        return right

    assert sum(in_threads(6, look_up)) == 9_000


def test_no_organization_has_content_types_of_its_own(standing: tuple[Cast, Cast]) -> None:
    """T6: there is nothing to mix up."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relname = 'django_content_type' AND n.nspname <> 'public'"
        )
        assert cursor.fetchone() == (0,)


def test_thread_started_in_a_context_has_none(standing: tuple[Cast, Cast]) -> None:
    """T17: 500 pieces of work handed to threads; all are refused, none runs on public."""

    def work(_number: int) -> str:
        try:
            return own_registration()
        finally:
            connections.close_all()

    with tenant_context(standing[0].organization), ThreadPoolExecutor(4) as pool:
        outcomes = Counter(pool.map(work, range(500)))
    assert outcomes == {NoOrganizationBound.__name__: 500}


def test_hop_out_of_async_code_keeps_the_organization(standing: tuple[Cast, Cast]) -> None:
    """T17: 500 hops, two organizations by turns; all in their own."""
    hop = sync_to_async(own_registration)

    async def in_own(number: int) -> bool:
        cast = standing[number % 2]
        with tenant_context(cast.organization):
            return await hop() == cast.aircraft.registration

    async def all_of_them() -> list[bool]:
        return await asyncio.gather(*(in_own(number) for number in range(500)))

    assert Counter(async_to_sync(all_of_them)()) == {True: 500}


def test_cursor_kept_across_contexts_is_bound_again(standing: tuple[Cast, Cast]) -> None:
    mine, theirs = (cast.organization for cast in standing)
    with transaction.atomic(), tenant_context(mine), connection.cursor() as cursor:
        with tenant_context(theirs):
            cursor.execute("SELECT registration FROM fleet_aircraft")
            assert cursor.fetchone() == (standing[1].aircraft.registration,)
        cursor.execute("SELECT registration FROM fleet_aircraft")
        assert cursor.fetchone() == (standing[0].aircraft.registration,)


def test_cursor_kept_after_its_context_ended_is_refused(standing: tuple[Cast, Cast]) -> None:
    with transaction.atomic():
        with tenant_context(standing[0].organization):
            cursor = connection.cursor()
        try:
            cursor.execute("SELECT registration FROM fleet_aircraft")
        except NoOrganizationBound:
            transaction.set_rollback(True)
        else:
            raise AssertionError(cursor.fetchall())
