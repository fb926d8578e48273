"""What docs/integrate.md tells analysts is so, asked with a real login of a reporting tool."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import transaction

from analytics.reading.executive import executive_summary
from analytics.refreshing import refresh_figures
from aviation.tenants.context import tenant_context
from tests.analytics.build import fly
from tests.conftest import Cast
from tests.isolation.seeds import BOOT_AT
from tests.isolation.test_figures import reader as reader
from tests.isolation.test_figures import refreshed as refreshed

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "integrate.md").read_text(encoding="utf-8")
CHAPTER = TEXT.partition("## SQL for analysts\n")[2].partition("\n## ")[0]
VIEWS = re.findall(r"^### `(\w+)`$", CHAPTER, re.MULTILINE)
STATEMENTS = re.findall(r"```sql\n(.*?)```", CHAPTER, re.DOTALL)

Reader = psycopg.Connection[Any]


def documented(view: str) -> list[str]:
    section = CHAPTER.partition(f"### `{view}`")[2].partition("###")[0].partition("```")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def test_every_view_of_figures_is_documented(reader: Reader, refreshed: tuple[Cast, Cast]) -> None:
    schema = refreshed[0].organization.schema_name
    rows = reader.execute(
        "SELECT viewname FROM pg_views"
        " WHERE schemaname = %s AND starts_with(viewname, 'analytics_')",
        [schema],
    ).fetchall()
    assert sorted(VIEWS) == sorted(name for (name,) in rows)
    assert len(VIEWS) == 6


@pytest.mark.parametrize("view", VIEWS)
def test_columns_are_those_documented(reader: Reader, view: str) -> None:
    cursor = reader.execute(f"SELECT * FROM {view}")  # type: ignore[call-overload]
    assert documented(view) == [column.name for column in cursor.description]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_example_runs(reader: Reader, statement: str) -> None:
    assert reader.execute(statement).fetchall() is not None  # type: ignore[call-overload]


def test_example_of_months_is_the_summary(reader: Reader, refreshed: tuple[Cast, Cast]) -> None:
    mine, theirs = refreshed
    for cast, flights in ((mine, 3), (theirs, 5)):
        with tenant_context(cast.organization):
            with transaction.atomic():
                for number in range(flights):
                    fly(cast, BOOT_AT.replace(day=2 + number), airborne_s=700.0 / 3)
            refresh_figures(at=BOOT_AT)
    with tenant_context(mine.organization), transaction.atomic():
        month = executive_summary(BOOT_AT, mine.organization.zone).months[-1]
    rows = reader.execute(STATEMENTS[0]).fetchall()
    figures = month.figures
    assert rows == [
        (
            f"{month.period.start:%Y-%m}",
            figures.flights,
            figures.active_aircraft,
            figures.hours,
            figures.distance_km,
        )
    ]
    assert figures.flights == 4, "three more beside the seed's"


def test_everything_of_analytics_that_a_reader_opens_is_its_own(
    reader: Reader, refreshed: tuple[Cast, Cast]
) -> None:
    """Whatever the analytics app has or will have: found in the catalogue, not on a list."""
    mine, theirs = (cast.organization.schema_name for cast in refreshed)
    names = reader.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND starts_with(c.relname, 'analytics_')"
        " AND c.relkind IN ('r', 'p', 'v', 'm')",
        [mine],
    ).fetchall()
    opened = {name for (name,) in names if readable(reader, f"{mine}.{name}") is not None}
    assert set(VIEWS) <= opened
    assert not [name for name in opened if name.endswith("_data")]
    for (name,) in names:
        assert readable(reader, f"{theirs}.{name}") in (None, 0), name


def readable(connection: Reader, relation: str) -> int | None:
    """Rows in sight; None where PostgreSQL refuses."""
    try:
        row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()  # type: ignore[call-overload]
    except psycopg.errors.InsufficientPrivilege:
        return None
    return int(row[0])
