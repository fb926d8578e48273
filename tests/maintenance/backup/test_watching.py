"""The archiver of a real server, seen through what the database tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest
from django.core.cache import cache
from django.db import transaction

from aviation.tenants.context import platform_context
from maintenance.backup import watching
from maintenance.backup.archiver import ArchiverFacts, ArchiverState, Mark, judge, with_mark
from maintenance.backup.choices import AlarmKind
from maintenance.backup.models import BackupAlarm
from maintenance.backup.tasks import watch_archiver
from tests.maintenance.backup.clusters import Cluster


def look(cluster: Cluster) -> ArchiverFacts:
    with psycopg.connect(cluster.dsn) as connection:
        row = connection.execute(watching.FACTS).fetchone()
    assert row is not None
    return watching.facts_from(row)


def test_loss_is_true_before_and_after_the_archiver_breaks(cluster: Cluster) -> None:
    """R7"""
    cluster.do("CREATE TABLE work AS SELECT 1 AS id")
    marks = with_mark([], look(cluster))
    cluster.switch()
    marks = with_mark(marks, look(cluster))
    claim = cluster.store.folder / "cluster.json"
    whose = claim.read_text()
    claim.write_text('{"system_identifier": "1"}')  # the archive is another cluster's by now
    begun: datetime = cluster.ask("SELECT clock_timestamp()")
    try:
        cluster.do("INSERT INTO work VALUES (2)", "SELECT pg_switch_wal()")
        cluster.wait_for(lambda: look(cluster).is_failing, "a failure")
        facts = look(cluster)
        told = judge(marks, facts).loss
        assert abs(told - (facts.now - begun)) < timedelta(seconds=10)
        later = replace(facts, now=facts.now + timedelta(seconds=110))
        assert "fails" in judge(marks, later).problem
    finally:
        claim.write_text(whose)


@pytest.fixture
def failing(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArchiverFacts]:
    """What the database tells when archiving has failed for three minutes."""
    cache.delete(watching.MARKS_KEY)
    facts = watching.ask()
    broken = replace(
        facts,
        is_on=True,
        last_archived="000000010000000000000001",
        last_archived_at=facts.now - timedelta(minutes=3),
        last_failed_at=facts.now,
    )
    monkeypatch.setattr(watching, "ask", lambda: broken)
    yield broken
    cache.delete(watching.MARKS_KEY)


def open_alarms() -> list[str]:
    with platform_context(), transaction.atomic():
        return list(BackupAlarm.objects.open().values_list("kind", flat=True))


def test_a_failing_archiver_raises_one_alarm_and_a_mended_one_clears_it(
    failing: ArchiverFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R7"""
    watch_archiver()
    watch_archiver()
    assert open_alarms() == [AlarmKind.ARCHIVER]
    monkeypatch.setattr(watching, "judge", lambda *_: ArchiverState(timedelta(), ""))
    watch_archiver()
    assert open_alarms() == []


def test_looking_only_changes_nothing(failing: ArchiverFacts) -> None:
    assert watching.look_at_archiver().problem
    assert open_alarms() == []


def test_where_archiving_is_off_there_is_no_alarm(db: None) -> None:
    watch_archiver()
    assert open_alarms() == []
    assert [Mark(*each) for each in cache.get(watching.MARKS_KEY)]
    cache.delete(watching.MARKS_KEY)
