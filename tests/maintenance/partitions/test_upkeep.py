"""Partitions: everything that is not as declared is found, mended and found no more."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from aviation.tenants.context import platform_context
from embedded.pause import wait_until
from maintenance.partitions import tables, upkeep
from maintenance.partitions.applying import ACTS
from maintenance.partitions.planning import Mending, plan_schema
from maintenance.partitions.upkeep import Place, keep_partitions, plan_place
from tests.conftest import Cast
from tests.isolation.killed_commands import killed_commands
from tests.isolation.processes import url_of
from tests.maintenance.partitions.by_hand import (
    apply,
    as_owner,
    codes,
    leaf,
    plan,
    ready,
    this_month,
)

KILL_POINTS = 5


def test_new_organization_gets_this_month_and_three_ahead(spoilt: Cast) -> None:
    assert codes(spoilt) == ["missing"] * 4
    ready(spoilt)
    found = as_owner(
        spoilt,
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'telemetry_point'::regclass",
    )
    assert found == [(4,)]


def test_months_made_are_as_sealed_as_all_others(spoilt: Cast) -> None:
    ready(spoilt)
    call_command("check_isolation")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("ALTER TABLE {leaf} NO FORCE ROW LEVEL SECURITY", "unsecured"),
        ("ALTER TABLE {leaf} DISABLE ROW LEVEL SECURITY", "unsecured"),
        ("DROP POLICY org_isolation_policy ON {leaf}", "unsecured"),
        ("CREATE POLICY open_door ON {leaf} USING (true)", "unsecured"),
        ("GRANT SELECT ON {leaf} TO dbx_app", "unsecured"),
        ("GRANT SELECT ON {leaf} TO PUBLIC", "unsecured"),
        ("REVOKE INSERT ON telemetry_point FROM dbx_app", "unsecured"),
        ("ALTER TABLE {leaf} DISABLE TRIGGER telemetry_point_keeps_flight", "trigger"),
        ("DROP TABLE {leaf}", "missing"),
    ],
)
def test_what_was_spoiled_is_found_and_mended(spoilt: Cast, spoil: str, code: str) -> None:
    ready(spoilt)
    as_owner(spoilt, spoil.format(leaf=leaf(1)))
    assert codes(spoilt) == [code]
    ready(spoilt)


def test_month_missing_behind_those_ahead_is_a_gap(spoilt: Cast) -> None:
    ready(spoilt)
    far = tables.following(this_month(), 6)
    as_owner(spoilt, f"SELECT telemetry_ensure_partition('{far}')")
    assert codes(spoilt) == ["gap", "gap"]
    ready(spoilt)


def test_past_month_that_nobody_flew_in_is_no_gap(spoilt: Cast) -> None:
    as_owner(spoilt, "SELECT telemetry_ensure_partition('2020-05-01')")
    ready(spoilt)


def test_empty_table_that_hangs_on_nothing_is_dropped(spoilt: Cast) -> None:
    ready(spoilt)
    as_owner(spoilt, f"ALTER TABLE telemetry_point DETACH PARTITION {leaf(2)}")
    (step,) = plan(spoilt)
    assert (step.code, step.mending) == ("stray", Mending.DROP_EMPTY)
    assert apply(spoilt) == []
    ready(spoilt)


def test_table_with_rows_that_hangs_on_nothing_is_told_and_kept(spoilt: Cast) -> None:
    ready(spoilt)
    as_owner(
        spoilt,
        f"ALTER TABLE telemetry_point DETACH PARTITION {leaf(2)};"
        f"INSERT INTO {leaf(2)} (session_id, timestamp) VALUES (gen_random_uuid(), now())",
    )
    ((step, reason),) = apply(spoilt)
    assert step.code == "stray"
    assert "takes a person" in reason
    assert as_owner(spoilt, f"SELECT count(*) FROM {leaf(2)}") == [(1,)]


def test_row_that_came_after_the_plan_keeps_its_table(spoilt: Cast) -> None:
    ready(spoilt)
    as_owner(spoilt, f"ALTER TABLE telemetry_point DETACH PARTITION {leaf(2)}")
    steps = plan(spoilt)
    as_owner(
        spoilt,
        f"INSERT INTO {leaf(2)} (session_id, timestamp) VALUES (gen_random_uuid(), now())",
    )
    ((_, reason),) = upkeep.apply_to(Place(spoilt.organization), steps)
    assert "holds rows" in reason
    assert as_owner(spoilt, f"SELECT count(*) FROM {leaf(2)}") == [(1,)]


def test_detaching_that_was_cut_off_is_finished(spoilt: Cast) -> None:
    ready(spoilt)
    schema = spoilt.organization.schema_name
    address = url_of(connections["owner"].settings_dict)
    detach = (
        f'ALTER TABLE "{schema}".telemetry_point DETACH PARTITION "{schema}".{leaf(3)} CONCURRENTLY'
    )
    pending = (
        "SELECT 1 FROM pg_inherits"
        " WHERE inhdetachpending AND inhparent = 'telemetry_point'::regclass"
    )
    with (
        ThreadPoolExecutor(1) as others,
        psycopg.connect(address, autocommit=True) as owner,
        psycopg.connect(address) as reader,
    ):
        reader.execute(f'SELECT FROM "{schema}".telemetry_point')
        detaching = others.submit(owner.execute, detach)
        assert wait_until(lambda: as_owner(spoilt, pending) != [], time.sleep, 60)
        owner.cancel()
        with pytest.raises(psycopg.errors.QueryCanceled):
            detaching.result()
    assert "detaching" in codes(spoilt)
    assert apply(spoilt) == []
    apply(spoilt)
    ready(spoilt)


def test_leaf_of_another_month_than_its_name_takes_a_person(spoilt: Cast) -> None:
    ready(spoilt)
    as_owner(spoilt, f"ALTER TABLE {leaf(3)} RENAME TO telemetry_point_y2031m01")
    found = plan(spoilt)
    assert ("wrong_month", Mending.BY_HAND) in {(step.code, step.mending) for step in found}


def test_partitioned_table_nobody_declared_is_told(spoilt: Cast) -> None:
    ready(spoilt)
    as_owner(
        spoilt,
        "CREATE TABLE surprise (at timestamptz) PARTITION BY RANGE (at);"
        "ALTER TABLE surprise ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    )
    assert "undeclared" in codes(spoilt)


@pytest.mark.django_db(databases=("default", "owner"))
def test_leaf_of_the_audit_trail_that_can_be_changed_is_mended() -> None:
    """In a transaction that is undone: the trail is shared by all tests."""
    today = datetime.now(UTC).date()
    with (
        platform_context(),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        name = f"audit_event_y{this_month():%Ym%m}"
        cursor.execute(f"DROP TRIGGER audit_event_append_only ON public.{name}")
        steps = [each for each in plan_schema(cursor, "public", None, today) if each.table == name]
        assert [step.code for step in steps] == ["trigger"]
        ACTS[steps[0].mending](cursor, steps[0], None)
        left = [each for each in plan_schema(cursor, "public", None, today) if each.table == name]
        assert left == []
        transaction.set_rollback(True, using="owner")


def test_without_the_owner_only_months_are_made(
    spoilt: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's case: what takes the owner is an ERROR in the log, and the rest is done."""
    ready(spoilt)
    as_owner(spoilt, f"DROP TABLE {leaf(3)}; GRANT SELECT ON {leaf(1)} TO dbx_app")
    told: list[dict[str, object]] = []
    monkeypatch.setattr(upkeep, "every_place", lambda: [Place(spoilt.organization)])
    monkeypatch.setattr(upkeep.logger, "error", lambda _, **facts: told.append(facts))
    with monkeypatch.context() as patch:
        patch.setattr("maintenance.partitions.upkeep.OWNER", "nobody")
        patch.setattr("maintenance.partitions.applying.OWNER", "nobody")
        patch.setattr("aviation.tenants.schemas.OWNER", "nobody")
        assert keep_partitions() == 1
    assert [facts["place"] for facts in told] == [spoilt.organization.slug]
    assert "unsecured" in str(told[0]["step"])
    assert codes(spoilt) == ["unsecured"]


def test_check_fails_until_apply_has_run(spoilt: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    slug = spoilt.organization.slug
    with pytest.raises(CommandError, match="4 things about partitions"):
        call_command("partitions", "check", organization=slug)
    call_command("partitions", "plan", organization=slug)
    assert "4 steps to take" in capsys.readouterr().out
    call_command("partitions", "apply", organization=slug)
    assert "4 steps taken" in capsys.readouterr().out
    call_command("partitions", "check", organization=slug, json=True)
    assert json.loads(capsys.readouterr().out) == []


def test_step_that_cannot_be_taken_fails_the_command(spoilt: Cast) -> None:
    ready(spoilt)
    as_owner(spoilt, f"ALTER TABLE {leaf(3)} RENAME TO telemetry_point_y2031m01")
    with pytest.raises(CommandError, match="steps were not taken"):
        call_command("partitions", "apply", organization=spoilt.organization.slug)


def test_killed_anywhere_another_run_finishes(spoilt: Cast) -> None:
    """SIGKILL before statements spread over the whole of apply; then it is run again."""
    ready(spoilt)
    spoil = (
        f"DROP TABLE {leaf(3)}; DROP POLICY org_isolation_policy ON {leaf(1)};"
        f"GRANT SELECT ON {leaf(0)} TO dbx_app;"
        f"ALTER TABLE telemetry_point DETACH PARTITION {leaf(2)}"
    )
    as_owner(spoilt, spoil)
    apply_it = ("partitions", "apply", f"--organization={spoilt.organization.slug}")
    with killed_commands("owner") as commands:
        statements = commands.count(*apply_it)
        ready(spoilt)
        for number in range(KILL_POINTS):
            as_owner(spoilt, spoil)
            commands.kill(1 + number * (statements - 1) // (KILL_POINTS - 1), *apply_it)
            apply(spoilt)
            ready(spoilt)


@pytest.mark.django_db(databases=("default", "owner"))
def test_what_the_organizations_share_is_looked_at_too() -> None:
    assert {step.parent for step in plan_place(Place(None))} <= {"audit_event"}
