"""Verification finds what would keep a backup from being restored."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maintenance.backup import manifest as manifests
from maintenance.backup import verdicts, verifying
from maintenance.backup.folder_store import FolderStore
from maintenance.backup.keys import KeyProblem, new_key, read_keys
from maintenance.backup.manifest import Manifest
from maintenance.backup.restoring import CannotRestore, Target
from maintenance.backup.verifying import Report
from maintenance.backup.wal_names import Segment
from maintenance.backup.wal_store import all_stored
from tests.maintenance.backup.clusters import Cluster, archived_at_once, end, make_cluster

pytestmark = pytest.mark.slow
SEGMENTS = 50


@dataclasses.dataclass
class Kept:
    """A store with a full and an incremental backup and the WAL of 50 segments after them.

    Where PostgreSQL takes no incremental ones, the second is full as well.
    """

    cluster: Cluster
    full: Manifest
    incremental: Manifest
    moments: list[datetime]
    """When the transaction in each later segment was committed, at the earliest."""


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    cluster = make_cluster()
    cluster.do("CREATE TABLE flights AS SELECT generate_series(1, 1000) AS id")
    full = cluster.take()
    cluster.do("INSERT INTO flights VALUES (0)")
    incremental = cluster.take(full if cluster.programs.can_increment else None)
    moments = []
    with archived_at_once(cluster):
        for number in range(SEGMENTS):
            moments.append(cluster.ask("SELECT clock_timestamp()"))
            cluster.do(f"INSERT INTO flights VALUES (-{number})", "SELECT pg_switch_wal()")
        cluster.do("INSERT INTO flights VALUES (-99)")
    yield Kept(cluster, full, incremental, moments)
    end(cluster)


@pytest.fixture
def copy(kept: Kept, tmp_path: Path) -> Cluster:
    """The same backups in a store that a test may damage."""
    shutil.copytree(kept.cluster.store.folder, tmp_path / "backups")
    return dataclasses.replace(kept.cluster, store=FolderStore(tmp_path / "backups"))


def problems_of(report: Report) -> dict[str, tuple[str, ...]]:
    return {each.verdict.backup_id: each.verdict.problems for each in report.findings}


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 0xFF
    path.write_bytes(content)


def test_good_backups_are_found_good(kept: Kept, copy: Cluster) -> None:
    report = copy.verifier().verify()
    assert report.is_good, report
    assert set(problems_of(report)) == {kept.full.id, kept.incremental.id}
    for finding in report.findings:
        assert finding.recoverable_to is not None
        assert finding.recoverable_to >= kept.moments[-1]
        verdict = verdicts.latest(copy.store, finding.verdict.backup_id)
        assert verdict is not None
        assert verdict.is_good


def test_a_flipped_byte_in_each_of_50_files_is_found(kept: Kept, copy: Cluster) -> None:
    """R1: 50 of 50, each named."""
    names = {
        f"{each.folder}/{file.name}": each
        for each in (kept.full, kept.incremental)
        for file in each.files
    }
    wal = {each.object_name: each.name for each in all_stored(copy.store)}
    flipped = random.sample([*names, *wal], 50)
    for name in flipped:
        flip_a_byte(copy.store.folder / name)
    report = copy.verifier().verify()
    told = " ".join([*report.wal_problems, *(str(each) for each in problems_of(report).values())])
    missed = [name for name in flipped if wal.get(name, name) not in told]
    assert missed == []
    assert not report.is_good


def test_a_changed_manifest_is_found(kept: Kept, copy: Cluster) -> None:
    path = copy.store.folder / kept.full.folder / manifests.MANIFEST
    path.write_text(path.read_text().replace('"policy": "test"', '"policy": "tent"'))
    report = copy.verifier().verify()
    assert problems_of(report)[kept.full.id] == ("Its manifest is damaged.",)
    if kept.incremental.parent:
        assert "not there" in problems_of(report)[kept.incremental.id][0]


def remove_segment(cluster: Cluster, name: str) -> None:
    stored = next(each for each in all_stored(cluster.store) if each.name == name)
    cluster.store.delete(stored.object_name)


def test_without_its_own_first_segment_a_backup_has_failed(kept: Kept, copy: Cluster) -> None:
    """R2: failed, and the segment is named."""
    first = kept.full.first_segment.name(kept.full.segment_bytes)
    remove_segment(copy, first)
    report = copy.verifier().verify([kept.full.id])
    assert any(first in each for each in problems_of(report)[kept.full.id])
    assert not report.is_good
    with pytest.raises(CannotRestore, match=first):
        copy.restorer().plan(Target(), kept.full.id)


def test_a_hole_ends_the_range_and_nothing_beyond_is_begun(
    kept: Kept, copy: Cluster, tmp_path: Path
) -> None:
    """R3: the range ends at the hole to the segment; beyond it no file is copied."""
    size = kept.full.segment_bytes
    hole = Segment(1, kept.incremental.last_segment.number + 10).name(size)
    remove_segment(copy, hole)
    report = copy.verifier().verify([kept.full.id])
    (finding,) = report.findings
    assert finding.verdict.is_good
    assert finding.reach is not None
    assert (finding.reach.hole, report.wal_problems) == (hole, (f"{hole} is missing.",))
    assert finding.reach.last == Segment(1, kept.incremental.last_segment.number + 9)
    end_of_range = finding.recoverable_to
    assert end_of_range is not None
    assert kept.moments[5] < end_of_range < kept.moments[15]
    assert copy.restorer().plan(Target(end_of_range), kept.full.id).last_commit == end_of_range
    beyond = end_of_range + timedelta(microseconds=1)
    with pytest.raises(CannotRestore, match=hole):
        copy.restorer().plan(Target(beyond), kept.full.id)


def test_a_damaged_segment_is_as_good_as_missing(kept: Kept, copy: Cluster) -> None:
    own = kept.full.last_segment.name(kept.full.segment_bytes)
    stored = next(each for each in all_stored(copy.store) if each.name == own)
    flip_a_byte(copy.store.folder / stored.object_name)
    report = copy.verifier().verify([kept.full.id])
    assert own in problems_of(report)[kept.full.id][0]


def test_postgresqls_own_check_sees_the_unpacked_files(
    kept: Kept, copy: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte that went wrong after decryption is pg_verifybackup's to find."""
    unpack: Callable[..., Path] = verifying.unpack_chain

    def damaged(*arguments: object) -> Path:
        data = unpack(*arguments)
        flip_a_byte(data / "PG_VERSION")
        return data

    monkeypatch.setattr(verifying, "unpack_chain", damaged)
    report = copy.verifier().verify([kept.incremental.id])
    assert "PG_VERSION" in problems_of(report)[kept.incremental.id][0]


def test_with_a_wrong_key_nothing_is_said_about_a_backup(kept: Kept, copy: Cluster) -> None:
    """R11: no verdict is written that would call good backups bad."""
    before = copy.store.names("base")
    wrong = dataclasses.replace(copy, keys=read_keys(f"1:{new_key()[0]}"))
    with pytest.raises(KeyProblem):
        wrong.verifier().verify()
    assert copy.store.names("base") == before


def test_verdicts_are_kept_beside_the_backup(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    assert verdicts.latest(store, "b") is None
    now = datetime.now(UTC)
    for at, problems in ((now, ("bad",)), (now + timedelta(seconds=1), ())):
        verdicts.keep(verdicts.Verdict("b", at, problems), store)
    latest = verdicts.latest(store, "b")
    assert latest is not None
    assert latest.is_good
    assert os.listdir(tmp_path / "base") == ["b"]
