"""Restore drills drawn for the platform's staff."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from aviation.pages.drills import drill_charts
from aviation.tenants.context import platform_context
from maintenance.backup.models import BackupDrill

BEGIN = datetime(2026, 1, 1, 3, tzinfo=UTC)


def a_drill(day: int, *problems: str) -> BackupDrill:
    return BackupDrill(
        backup_id=f"b{day}",
        started_at=BEGIN + timedelta(days=day),
        duration_s=60 + day,
        data_age_s=1800.0,
        tables_compared=70,
        problems=list(problems),
    )


def test_a_failed_drill_is_a_gap_and_told_in_words() -> None:
    duration, age = drill_charts([a_drill(0), a_drill(1, "lost"), a_drill(2)])
    assert duration.has_missing
    assert "1 of 3 drills failed" in duration.words.summary
    assert "1 min 02 s" in duration.words.summary
    assert "0.5 hours old" in age.words.summary
    assert duration.table.rows[1].cells[0].text == "failed"


def test_without_a_drill_it_says_what_to_do() -> None:
    assert all(chart.is_empty for chart in drill_charts([]))
    assert "manage.py backup drill" in drill_charts([])[0].words.empty


@pytest.mark.parametrize("count", [0, 3])
def test_the_charts_stand_above_the_list(db: None, client: Client, count: int) -> None:
    with platform_context(), transaction.atomic():
        user = User.objects.create_superuser("drills@example.org", "a quiet runway at dawn")
        BackupDrill.objects.bulk_create(a_drill(day) for day in range(count))
    client.force_login(user)
    page = client.get("/admin/maintenance/backupdrill/").content.decode()
    assert "Time to restore" in page
    assert "Age of the restored data" in page
    assert page.count("<polyline") == (2 if count else 0)
