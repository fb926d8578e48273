"""Organizations lay down their figures, one after the other, each on its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from analytics.platform import gathering
from analytics.platform.gathering import gather
from analytics.platform.reading import platform_summary
from analytics.platform.tasks import gather_platform_figures
from analytics.refreshing import refresh_figures
from aviation.tenants.context import bound_organization, platform_context, tenant_context
from aviation.tenants.models import Organization, OrganizationFigures
from aviation.tenants.services import suspend_organization
from tests.analytics.build import fly
from tests.conftest import Cast, make_cast

AT = datetime(2026, 4, 24, 12, tzinfo=UTC)


@pytest.fixture
def trio(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[Cast]]:
    """Three organizations of the test's own, committed, with one, two and three flights."""
    with django_db_blocker.unblock():
        casts = [make_cast(f"walk-{number}-{uuid.uuid4().hex[:8]}") for number in (1, 2, 3)]
        for number, cast in enumerate(casts, 1):
            with tenant_context(cast.organization):
                with transaction.atomic():
                    for day in range(number):
                        fly(cast, datetime(2026, 4, 1 + day, 9, tzinfo=UTC), risk=0.2)
                refresh_figures(at=AT)
        yield casts
        for each in connections.all():
            each.close()


@pytest.fixture
def only_trio(trio: list[Cast], monkeypatch: pytest.MonkeyPatch) -> list[Cast]:
    """Organizations that other tests left behind are not walked."""
    mine = {cast.organization.pk for cast in trio}
    due = gathering._due
    monkeypatch.setattr(gathering, "_due", lambda at: [o for o in due(at) if o.pk in mine])
    return trio


def laid_down() -> dict[uuid.UUID, OrganizationFigures]:
    with platform_context(), transaction.atomic():
        return {each.pk: each for each in OrganizationFigures.objects.all()}


def test_platform_reads_what_each_organization_laid_down(only_trio: list[Cast]) -> None:
    walk = gather(at=AT)
    assert (walk.gathered, walk.failed, walk.left) == (3, 0, 0)
    with platform_context(), transaction.atomic():
        lines = {line.slug: line for line in platform_summary(AT).lines}
    for number, cast in enumerate(only_trio, 1):
        summary = lines[cast.organization.slug].summary
        assert summary is not None
        assert (summary.total.flights, summary.total.scored_flights) == (number, number)


def test_each_is_bound_to_one_organization_in_a_transaction_of_its_own(
    only_trio: list[Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = gathering._lay_down, []

    def note(organization: Organization, at: datetime) -> None:
        bound = bound_organization()
        assert bound is not None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_current_xact_id()::text, current_setting('app.current_org_id')"
            )
            transaction_id, setting = cursor.fetchone()
        assert str(bound.id) == setting == str(organization.pk)
        seen.append(transaction_id)
        real(organization, at)

    monkeypatch.setattr(gathering, "_lay_down", note)
    gather(at=AT)
    assert len(set(seen)) == 3
    assert bound_organization() is None


def test_walk_without_time_leaves_all_for_the_next(
    only_trio: list[Cast],
) -> None:
    assert gather(at=AT, budget_s=-1).left == 3
    assert gather(at=AT).gathered == 3


def test_next_walk_goes_on_where_the_last_one_ended(
    only_trio: list[Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill: what is laid down stands, the others come first."""
    real, order = gathering._lay_down, []

    def note(organization: Organization, at: datetime) -> None:
        order.append(organization.pk)
        if len(order) == 2:
            raise KeyboardInterrupt
        real(organization, at)

    monkeypatch.setattr(gathering, "_lay_down", note)
    with pytest.raises(KeyboardInterrupt):
        gather(at=AT)
    gather(at=AT + timedelta(seconds=1))
    everybody = {cast.organization.pk for cast in only_trio}
    assert set(order[2:]) == everybody - {order[0]}
    gather(at=AT + timedelta(hours=1))
    assert set(order[4:]) == everybody, "all are old by now"


def test_fresh_ones_are_left_as_they_are(only_trio: list[Cast]) -> None:
    gather(at=AT)
    assert gather(at=AT + timedelta(minutes=9)).gathered == 0
    assert gather(at=AT + timedelta(minutes=10)).gathered == 3


def test_one_that_fails_holds_up_no_other(
    only_trio: list[Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, broken = gathering._lay_down, only_trio[1].organization.pk

    def fail(organization: Organization, at: datetime) -> None:
        if organization.pk == broken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        real(organization, at)

    monkeypatch.setattr(gathering, "_lay_down", fail)
    walk = gather(at=AT)
    assert (walk.gathered, walk.failed, walk.left) == (2, 1, 0)
    assert broken not in laid_down()


def test_suspended_organization_is_neither_asked_nor_shown(only_trio: list[Cast]) -> None:
    gather(at=AT)
    suspended = only_trio[0].organization
    suspend_organization(slug=suspended.slug)
    assert gather(at=AT + timedelta(hours=1)).gathered == 2
    with platform_context(), transaction.atomic():
        assert suspended.slug not in {line.slug for line in platform_summary(AT).lines}


def test_organization_sees_no_row_but_its_own(only_trio: list[Cast]) -> None:
    gather(at=AT)
    mine = only_trio[0].organization
    with tenant_context(mine), transaction.atomic():
        assert [each.pk for each in OrganizationFigures.objects.all()] == [mine.pk]
        assert len(platform_summary(AT).lines) == 1
    with transaction.atomic():
        assert not OrganizationFigures.objects.exists()


def test_organization_cannot_write_anothers_row(only_trio: list[Cast]) -> None:
    mine, other = (cast.organization for cast in only_trio[:2])
    gather(at=AT)
    with tenant_context(mine), transaction.atomic():
        changed = OrganizationFigures.objects.filter(pk=other.pk).update(document={})
    assert changed == 0
    with platform_context(), transaction.atomic():
        OrganizationFigures.objects.filter(pk=other.pk).delete()
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        tenant_context(mine),
        transaction.atomic(),
    ):
        OrganizationFigures.objects.create(
            organization=other, document={}, figures_at=AT, made_at=AT
        )


def test_reading_takes_one_query_whatever_the_number(
    only_trio: list[Cast], django_assert_num_queries: Any
) -> None:
    gather(at=AT)
    with platform_context(), transaction.atomic():
        Organization.objects.count()  # binds the transaction
        with django_assert_num_queries(1):
            assert len(platform_summary(AT).lines) >= 3


def test_task_gathers(only_trio: list[Cast]) -> None:
    gather_platform_figures()
    assert {cast.organization.pk for cast in only_trio} <= laid_down().keys()
