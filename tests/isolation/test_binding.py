"""Each transaction is bound to one organization, and nothing outlives it."""

from __future__ import annotations

import threading

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import ProgrammingError, connection, transaction

from aviation.fleet.models import Aircraft
from aviation.tenants.context import bound_organization, tenant_context
from aviation.tenants.postgresql.base import NoOrganizationBound, OutsideTransaction
from tests.conftest import Cast


def registrations() -> list[str]:
    return list(Aircraft.objects.values_list("registration", flat=True))


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        value: str = cursor.fetchone()[0]
        return value


def fail_in(cast: Cast) -> None:
    with tenant_context(cast.organization), connection.cursor() as cursor:
        cursor.execute("SELEC 1")


def test_bound_organization_sees_its_own_rows(alpha: Cast, bravo: Cast) -> None:
    with tenant_context(alpha.organization):
        assert registrations() == ["ALPHA-1"]
    with tenant_context(bravo.organization):
        assert registrations() == ["BRAVO-1"]


def test_query_without_organization_raises(alpha: Cast) -> None:
    with pytest.raises(NoOrganizationBound, match="fleet_aircraft"), transaction.atomic():
        registrations()


def test_query_outside_transaction_raises(fresh_organization: Cast) -> None:
    with tenant_context(fresh_organization.organization), pytest.raises(OutsideTransaction):
        registrations()


def test_nothing_outlives_the_transaction(fresh_organization: Cast) -> None:
    with tenant_context(fresh_organization.organization), transaction.atomic():
        assert setting("app.current_org_id") == str(fresh_organization.organization.id)
    assert setting("app.current_org_id") == ""
    assert "org_" not in setting("search_path")


def test_query_without_context_after_a_bound_one_finds_nothing(fresh_organization: Cast) -> None:
    """T9: no row, and no error from casting the emptied setting."""
    with tenant_context(fresh_organization.organization), transaction.atomic():
        assert setting("app.current_org_id")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_membership")
        assert cursor.fetchone() == (0,)


def test_inner_context_restores_the_outer_one(alpha: Cast, bravo: Cast) -> None:
    with tenant_context(alpha.organization):
        with tenant_context(bravo.organization):
            assert registrations() == ["BRAVO-1"]
        assert registrations() == ["ALPHA-1"]


def test_binding_is_right_after_savepoint_rollback(alpha: Cast, bravo: Cast) -> None:
    with tenant_context(alpha.organization):
        sid = transaction.savepoint()
        with tenant_context(bravo.organization):
            assert registrations() == ["BRAVO-1"]
        transaction.savepoint_rollback(sid)
        assert registrations() == ["ALPHA-1"]


def test_binding_undone_with_its_savepoint_is_made_again(alpha: Cast, bravo: Cast) -> None:
    """The server is back at Alpha then, whatever was sent last."""
    with tenant_context(alpha.organization):
        assert registrations() == ["ALPHA-1"]
        sid = transaction.savepoint()
        with tenant_context(bravo.organization):
            assert registrations() == ["BRAVO-1"]
            transaction.savepoint_rollback(sid)
            assert registrations() == ["BRAVO-1"]


def test_binding_is_right_after_database_error_in_savepoint(alpha: Cast, bravo: Cast) -> None:
    with tenant_context(alpha.organization):
        with pytest.raises(ProgrammingError), transaction.atomic():
            fail_in(bravo)
        assert registrations() == ["ALPHA-1"]


def test_server_side_cursor_is_bound(alpha: Cast) -> None:
    with tenant_context(alpha.organization):
        assert [each.registration for each in Aircraft.objects.iterator(chunk_size=1)] == [
            "ALPHA-1"
        ]


def test_new_thread_has_no_organization(fresh_organization: Cast) -> None:
    seen: list[object] = []

    def work() -> None:
        seen.append(bound_organization())
        try:
            registrations()
        except NoOrganizationBound as error:
            seen.append(type(error))
        finally:
            connection.close()

    with tenant_context(fresh_organization.organization):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [None, NoOrganizationBound]


def test_sync_to_async_hop_keeps_the_organization(fresh_organization: Cast) -> None:
    def read() -> list[str]:
        with transaction.atomic():
            return registrations()

    async def hop() -> list[str]:
        return await sync_to_async(read)()

    with tenant_context(fresh_organization.organization):
        assert async_to_sync(hop)() == [fresh_organization.aircraft.registration]


def test_requests_run_as_the_application_role(alpha: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("dbx_app", False)


def test_binding_costs_one_round_trip(alpha: Cast, django_assert_num_queries: object) -> None:
    """SET LOCAL goes out beside Django's own log of queries: one list is one query."""
    with tenant_context(alpha.organization), django_assert_num_queries(1):  # type: ignore[operator]
        registrations()
