"""One clock looks after all partitions: those shared, and those of each organization."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from aviation.tenants.closing import _remove_rows
from aviation.tenants.context import platform_context
from config.celery import app
from config.schedule import SCHEDULE
from maintenance.backup.choices import AlarmKind
from maintenance.backup.models import BackupAlarm
from maintenance.partitions import upkeep
from maintenance.partitions.planning import plan_schema
from maintenance.partitions.tables import TABLES, declared
from maintenance.partitions.tasks import keep_partitions
from maintenance.partitions.telling import tell_outcome
from maintenance.partitions.upkeep import Place, every_place, plan_place
from tests.conftest import Cast, make_cast
from tests.maintenance.partitions.by_hand import as_owner, codes, leaf, ready, this_month

PARTITIONED = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'p' AND NOT c.relispartition
"""
KNOW_THE_OWNER = (
    "maintenance.partitions.upkeep",
    "maintenance.partitions.applying",
    "aviation.tenants.schemas",
)


@pytest.fixture
def neighbour(spoilt: Cast) -> Iterator[Cast]:
    """A second organization that is not looked after yet."""
    made = make_cast(f"{spoilt.organization.slug}-next")
    yield made
    _remove_rows(made.organization)


def partitioned() -> set[tuple[str, str]]:
    """Schema and name of every partitioned table of the database."""
    with (
        platform_context(),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute(PARTITIONED)
        return set(cursor.fetchall())


def place_of(place: Place) -> str:
    return place.organization.schema_name if place.organization else "public"


def test_every_partitioned_table_is_declared_and_in_a_place_the_clock_looks_at(
    spoilt: Cast,
) -> None:
    found = partitioned()
    assert {name for _, name in found} == {table.name for table in TABLES}
    looked_at = {place_of(place) for place in every_place()}
    assert (spoilt.organization.schema_name, "telemetry_point") in found
    organizations = {(schema, "telemetry_point") for schema in looked_at - {"public"}}
    assert {("public", "audit_event")} | organizations <= found


@pytest.mark.parametrize("has_owner", [True, False])
def test_clock_makes_the_months_of_every_organization(
    spoilt: Cast, neighbour: Cast, has_owner: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has no owner's connection; months ahead are made all the same."""
    mine = [Place(each.organization) for each in (spoilt, neighbour)]
    assert {each.name for each in mine} <= {each.name for each in every_place()}
    places = [Place(None), *mine]
    monkeypatch.setattr(upkeep, "every_place", lambda: places)
    ready(spoilt)
    as_owner(spoilt, f"DROP TABLE {leaf(1)}")
    assert (codes(spoilt), codes(neighbour)) == (["missing"], ["missing"] * 4)
    with monkeypatch.context() as patch:
        for module in () if has_owner else KNOW_THE_OWNER:
            patch.setattr(f"{module}.OWNER", "nobody")
        assert keep_partitions() == 0
    for place in places:
        assert [str(step) for step in plan_place(place)] == []


def test_clock_makes_the_months_of_what_is_shared(spoilt: Cast) -> None:
    """The audit trail's, through the step the clock takes, in a transaction that is undone."""
    table = declared("audit_event")
    assert table is not None
    with (
        platform_context(),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):

        def make_missing() -> int:
            steps = plan_schema(cursor, "public", None, this_month())
            missing = [step for step in steps if step.code == "missing"]
            for step in missing:
                cursor.execute(table.make, [step.month])
            return len(missing)

        make_missing()  # the month may have turned since the run began
        for month in range(1, 4):
            name = leaf(month).replace("telemetry_point", "audit_event")
            cursor.execute(f"DROP TABLE public.{name}")
        assert make_missing() == 3
        assert make_missing() == 0
        transaction.set_rollback(True, using="owner")


def open_alarms() -> list[str]:
    with platform_context(), transaction.atomic():
        mine = BackupAlarm.objects.open().filter(kind=AlarmKind.PARTITIONS)
        return list(mine.values_list("message", flat=True))


def test_what_is_left_to_the_operator_is_an_alarm_until_it_is_mended(
    spoilt: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(spoilt.organization)
    monkeypatch.setattr(upkeep, "every_place", lambda: [place])
    monkeypatch.setattr("maintenance.management.commands.partitions.every_place", lambda: [place])
    ready(spoilt)
    as_owner(spoilt, f"ALTER TABLE {leaf(3)} RENAME TO telemetry_point_y2031m01")
    for _ in range(2):
        assert keep_partitions() > 0
        assert len(open_alarms()) == 1
    as_owner(spoilt, f"ALTER TABLE telemetry_point_y2031m01 RENAME TO {leaf(3)}")
    call_command("partitions", "apply", organization=spoilt.organization.slug)
    assert len(open_alarms()) == 1
    call_command("partitions", "apply")
    assert open_alarms() == []


def test_clock_clears_the_alarm_when_nothing_is_left(
    spoilt: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "every_place", lambda: [Place(spoilt.organization)])
    tell_outcome(1)
    assert keep_partitions() == 0
    assert open_alarms() == []


def test_one_task_and_one_only_makes_partitions() -> None:
    tasks = [str(each["task"]) for each in SCHEDULE.values()]
    assert [name for name in tasks if "partition" in name] == ["maintenance.keep_partitions"]
    app.loader.import_default_modules()
    assert [name for name in app.tasks if "partition" in name] == ["maintenance.keep_partitions"]
    assert set(tasks) <= set(app.tasks)
