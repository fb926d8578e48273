"""What a backup costs: against pg_basebackup alone, and to those who write meanwhile.

A cluster of its own on the disk, durable, with rows that compress as telemetry does. What it is
held against writes one file and syncs it; ours compresses, encrypts, sums and reads back besides.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Report
from maintenance.backup.manifest import Manifest
from maintenance.backup.restoring import Target
from tests.maintenance.backup.clusters import Cluster, end, make_cluster

NAMES = ("backup.full", "backup.incremental", "backup.verify", "backup.restore", "backup.ingest")
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
INGEST_S = 12
MOST_TIMES, MOST_SLOWDOWN = 3.0, 0.20
TABLE = """
CREATE TABLE points AS SELECT
    (i / 4000)::int AS flight, timestamptz '2026-01-01' + i * interval '100 ms' AS at,
    51 + i * 1e-7 AS latitude, 7 + sin(i / 900.0) AS longitude,
    (80 * sin(i / 700.0))::real AS height,
    (random() * 12)::real AS speed, random() AS noise
FROM generate_series(1, 4000000) AS i
"""
INSERT = """
INSERT INTO points SELECT 1, now(), 51, 7, i, 3, random() FROM generate_series(1, 1000) AS i;
"""
TAKE = """
import os, sys
from pathlib import Path
from maintenance.backup.folder_store import FolderStore
from maintenance.backup.keys import read_keys
from maintenance.backup.programs import Programs
from maintenance.backup.taking import Place, Request, take
os.nice(10)
dsn, folder, keys, programs, major = sys.argv[1:]
keys = read_keys(Path(keys).read_text())
place = Place(dsn, FolderStore(Path(folder)), keys, Programs(Path(programs), int(major)))
take(place, Request("bench"))
"""


def run(report: Report) -> None:
    base = Path(tempfile.mkdtemp(prefix="dbxb."))
    base.chmod(0o711)
    cluster = make_cluster(DURABLE, base)
    try:
        cluster.do(TABLE, "CREATE INDEX ON points (flight, at)", "CHECKPOINT")
        _measure(report, cluster)
    finally:
        end(cluster)


def _measure(report: Report, cluster: Cluster) -> None:
    megabytes = cluster.ask("SELECT pg_database_size('dbx')") / 1e6
    alone_s = min(_seconds(lambda: _alone(cluster)) for _ in range(2))
    full_s = min(_seconds(cluster.take) for _ in range(2))
    full = cluster.take()
    _add(report, "backup.full", full_s, alone_s, f"pg_basebackup of {megabytes:,.0f} MB")
    cluster.do("UPDATE points SET height = 1 WHERE flight < 50")
    step_s = _seconds(lambda: cluster.take(full))
    stepped_s = _seconds(lambda: _alone(cluster, full))
    _add(
        report, "backup.incremental", step_s, stepped_s, "pg_basebackup --incremental, 5 % changed"
    )
    read_s = _seconds(lambda: _restored(cluster, full))
    copied_s = _seconds(lambda: _copied(cluster))
    _add(report, "backup.restore", read_s, copied_s, "cp of the data directory, synced", 4.0)
    verified_s = _seconds(lambda: cluster.verifier().verify([full.id]))
    _add(report, "backup.verify", verified_s, read_s, "restoring it")
    _add_ingest(report, cluster)


def _add(
    report: Report, name: str, value_s: float, than_s: float, what: str, most: float = MOST_TIMES
) -> None:
    ratio = value_s / than_s
    report.add(
        name=name,
        value=value_s,
        unit="s",
        against=f"{what}: {than_s:.1f} s",
        ratio=ratio,
        goal=f"at most {most:g} times",
        holds=ratio <= most,
    )


def _add_ingest(report: Report, cluster: Cluster) -> None:
    """Rows a second by two writers, alone and while backups are taken one after the other."""
    quiet = _rows_a_second(cluster)
    taking = subprocess.Popen(_forever(cluster), cwd=Path(__file__).parents[1], shell=False)
    try:
        busy = _rows_a_second(cluster)
    finally:
        taking.terminate()
        taking.wait()
    slower = 1 - busy / quiet
    report.add(
        name="backup.ingest",
        value=busy,
        unit="rows/s",
        against=f"no backup: {quiet:,.0f} rows/s",
        ratio=busy / quiet,
        goal=f"at most {MOST_SLOWDOWN:.0%} slower",
        holds=slower <= MOST_SLOWDOWN,
    )


def _forever(cluster: Cluster) -> list[str]:
    loop = TAKE.replace(
        'take(place, Request("bench"))', 'while True: take(place, Request("bench"))'
    )
    return [
        *(sys.executable, "-c", loop, cluster.dsn, str(cluster.store.folder)),
        *(str(cluster.keys_file), str(cluster.programs.folder), str(cluster.programs.major)),
    ]


def _rows_a_second(cluster: Cluster) -> float:
    script = cluster.base / "insert.sql"
    script.write_text(INSERT)
    command = [str(cluster.programs.folder / "pgbench"), "--no-vacuum", f"--file={script}"]
    ended = subprocess.run(
        [*command, "--client=2", f"--time={INGEST_S}", cluster.dsn],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"tps = ([\d.]+)", ended.stdout)
    assert found is not None, ended.stdout
    return float(found[1]) * 1000


def _alone(cluster: Cluster, parent: Manifest | None = None) -> None:
    """pg_basebackup to one file, synced; it waits for the archive as ours does."""
    target = cluster.base / "alone.tar"
    command = [str(cluster.programs.folder / "pg_basebackup"), f"--dbname={cluster.dsn}"]
    options = ["--format=tar", "--pgdata=-", "--wal-method=none", "--checkpoint=fast"]
    if parent:
        options.append(f"--incremental={_parents_manifest(cluster, parent)}")
    with target.open("wb") as file:
        subprocess.run([*command, *options], stdout=file, stderr=subprocess.DEVNULL, check=True)
        os.fsync(file.fileno())
    target.unlink()


def _parents_manifest(cluster: Cluster, parent: Manifest) -> Path:
    from maintenance.backup.manifest import POSTGRES_MANIFEST
    from maintenance.backup.streams import copy
    from maintenance.backup.unpacking import opened_file

    path = cluster.base / "parent_manifest"
    with (
        opened_file(parent, POSTGRES_MANIFEST, cluster.store, cluster.keys) as plain,
        path.open("wb") as file,
    ):
        copy(plain, file)
    return path


def _restored(cluster: Cluster, full: Manifest) -> None:
    restorer = cluster.restorer()
    data = cluster.base / "restored"
    restorer.restore(restorer.plan(Target(), full.id), data, cluster.restore_command())
    shutil.rmtree(data)


def _copied(cluster: Cluster) -> None:
    target = cluster.base / "copied"
    data = cluster.server.files.data
    subprocess.run(
        ["/bin/cp", "-r", str(data), str(target)], check=False, stderr=subprocess.DEVNULL
    )
    os.sync()
    shutil.rmtree(target)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
