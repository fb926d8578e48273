"""Expiry deletes what the policies do not keep, and never what is still needed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from maintenance.backup import manifest as manifests
from maintenance.backup.expiring import Expiry, Keeping, apply_expiry, plan_expiry
from maintenance.backup.folder_store import FolderStore
from maintenance.backup.manifest import Manifest, StoredFile, chain_of
from maintenance.backup.wal_names import Segment
from maintenance.backup.wal_store import Stored, object_name
from tests.maintenance.backup.test_continuity import MB16, a_backup

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
POLICIES = {"full": Keeping(days=7, at_least=2, keeps_wal=True)}


def at(hour: float, *, policy: str = "full", parent: str = "") -> Manifest:
    """A backup finished so many hours after the beginning, an hour a segment."""
    moment = BEGIN + timedelta(hours=hour)
    made = a_backup(int(hour), int(hour), backup_id=f"{policy}-{hour}", parent=parent)
    return replace(made, policy=policy, started_at=moment, finished_at=moment)


def wal_until(hour: int) -> list[Stored]:
    names = [Segment(1, number).name(MB16) for number in range(hour + 1)]
    return [Stored(name, "0" * 64, object_name(name, "0" * 64)) for name in names]


def plan(
    backups: list[Manifest],
    verified: set[str],
    now_h: float,
    policies: dict[str, Keeping] | None = None,
) -> Expiry:
    now = BEGIN + timedelta(hours=now_h)
    return plan_expiry(
        backups, frozenset(verified), policies or POLICIES, wal_until(int(now_h)), now
    )


def ids(found: Expiry) -> list[str]:
    return [each.id for each in found.backups]


def test_there_is_always_a_verified_backup_from_before_the_window() -> None:
    """R9: "2 full, 7 days", expiry after each of 30 days; every kept backup stays restorable."""
    backups: list[Manifest] = []
    wal: set[str] = set()
    verified: set[str] = set()
    for day in range(31):
        hour = day * 24
        full = at(hour)
        steps = [full]
        for step in (6, 12, 18):
            steps.append(at(hour + step, parent=steps[-1].id))
        backups += steps
        # Some backups are never found good, the newest always is.
        verified |= {each.id for each in steps if random.random() < 0.8} | {steps[-1].id}
        wal |= {each.name for each in wal_until(hour + 23)}
        now = BEGIN + timedelta(hours=hour + 23)
        stored = [Stored(name, "", name) for name in wal]
        found = plan_expiry(backups, frozenset(verified), POLICIES, stored, now)
        backups = [each for each in backups if each not in found.backups]
        wal -= {file.name for file in found.wal}
        before = now - timedelta(days=7)
        early = [each for each in backups if each.id in verified and each.finished_at <= before]
        assert early or day < 8
        for each in backups:
            assert chain_of(each, backups)
            assert each.first_segment.name(MB16) in wal
        oldest = early[-1] if early else backups[0]
        needed = range(oldest.first_segment.number, hour + 24)
        assert {Segment(1, number).name(MB16) for number in needed} <= wal
    assert len(backups) <= 4 * 10
    assert len(wal) < 24 * 11


def test_nothing_verified_goes_while_the_newest_is_not() -> None:
    """R10"""
    backups = [at(hour) for hour in (0, 24, 48, 2_000, 2_001)]
    verified = {"full-0", "full-24", "full-48", "full-2000"}
    found = plan(backups, verified, 2_002)
    assert ids(found) == []
    assert "full-2001" in found.kept_back
    unverified = {"full-0", "full-2000"}
    assert ids(plan(backups, unverified, 2_002)) == ["full-24", "full-48"]
    assert ids(plan(backups, {each.id for each in backups}, 2_002)) == ["full-0", "full-24"]


def test_the_last_verified_backup_stays_however_old_it_is() -> None:
    backups = [at(0), at(1_000), at(1_001)]
    found = plan(backups, {"full-0", "full-1001"}, 1_002)
    assert ids(found) == []


def test_what_a_kept_backup_builds_on_stays() -> None:
    base = at(0, policy="weekly")
    step = at(500, policy="hourly", parent=base.id)
    last = at(501, policy="daily")
    policies = {
        "weekly": Keeping(1, 0),
        "daily": Keeping(30, 0),
        "hourly": Keeping(7, 0, keeps_wal=True),
    }
    everything = {base.id, step.id, last.id}
    assert ids(plan([base, step, last], everything, 502, policies)) == []
    later = at(900, policy="daily")
    gone = plan([base, step, last, later], everything | {later.id}, 901, policies)
    assert set(ids(gone)) == {base.id, step.id}


def test_backups_of_a_forgotten_policy_stay() -> None:
    backups = [at(0, policy="former"), at(5_000), at(5_001)]
    assert ids(plan(backups, {each.id for each in backups}, 5_002)) == []


def test_an_old_kept_backup_keeps_its_own_wal_and_no_more() -> None:
    policies = {"weekly": Keeping(365, 0), "daily": Keeping(7, 0, keeps_wal=True)}
    backups = [at(10, policy="weekly"), at(1_000, policy="daily"), at(1_200, policy="daily")]
    found = plan(backups, {each.id for each in backups}, 1_201, policies)
    gone = {file.name for file in found.wal}
    assert Segment(1, 10).name(MB16) not in gone
    assert {Segment(1, 9).name(MB16), Segment(1, 11).name(MB16)} <= gone
    assert Segment(1, 999).name(MB16) in gone
    assert Segment(1, 1_000).name(MB16) not in gone


def test_without_a_verified_backup_no_wal_goes() -> None:
    assert plan([at(900), at(901)], set(), 1_000).wal == ()


def test_histories_and_files_beside_segments() -> None:
    names = ["00000002.history", f"{Segment(1, 1).name(MB16)}.00000028.backup"]
    wal = [Stored(name, "", name) for name in names]
    backups = [at(100), at(101)]
    now = BEGIN + timedelta(hours=400)
    found = plan_expiry(backups, frozenset(each.id for each in backups), POLICIES, wal, now)
    assert [file.name for file in found.wal] == names[1:]


def test_what_is_planned_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    backups = [at(0), at(5_000), at(5_001)]
    for manifest in backups:
        whole = replace(manifest, files=(StoredFile("base", 1, "0"),))
        with store.writing(f"{whole.folder}/base") as file:
            file.write(b"x")
        manifests.write(whole, store)
    (file,) = wal_until(0)
    with store.writing(file.object_name) as target:
        target.write(b"x")
    apply_expiry(Expiry((backups[0],), (file,), ""), store)
    assert list(manifests.backup_ids(store)) == [each.id for each in backups[1:]]
    assert store.names("wal") == []
