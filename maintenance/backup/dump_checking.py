"""Whether a dump can be read by PostgreSQL and holds exactly the rows that were counted."""

from __future__ import annotations

import csv
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from aviation.common.errors import DomainError
from maintenance.backup.dump_store import OWN, PEOPLE, SHARED, Dump, opened_part
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys, KeyProblem
from maintenance.backup.programs import PLAIN_ENVIRONMENT, ProgramFailed, Programs, give
from maintenance.backup.streams import PART_BYTES, copy

_COPY = re.compile(rb"COPY (\S+) \(.*\) FROM stdin;\n")
_END = b"\\.\n"


def dump_problems(dump: Dump, store: Store, keys: BackupKeys, programs: Programs) -> list[str]:
    """What is wrong with it; nothing when all is well. Raises KeyProblem."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            return list(_problems(dump, store, keys, programs, Path(folder)))
    except KeyProblem:
        raise
    except (DomainError, OSError) as error:
        return [getattr(error, "message", str(error))]


def fetch_dump(dump: Dump, folder: Path, store: Store, keys: BackupKeys) -> list[Path]:
    """Put the three files, decrypted, into a folder. Raises Damaged or KeyProblem."""
    made = []
    for name in (OWN, SHARED, PEOPLE):
        path = folder / name.split(".zst")[0]
        with opened_part(dump, name, store, keys) as plain, path.open("xb") as file:
            copy(plain, file)
        made.append(path)
    return made


def _problems(
    dump: Dump, store: Store, keys: BackupKeys, programs: Programs, folder: Path
) -> Iterator[str]:
    own, shared, people = fetch_dump(dump, folder, store, keys)
    give(programs, folder, own, shared)
    found: dict[str, int] = {}
    for path in (own, shared):
        programs.require("pg_restore", "--list", str(path))
        found |= _rows_in(path, programs)
    for table in sorted({*dump.rows, *found}):
        counted, held = dump.rows.get(table, 0), found.get(table, 0)
        if counted != held:
            yield f"{table} has {held} rows in the dump instead of {counted}."
    with people.open(newline="") as file:
        count = sum(1 for _ in csv.DictReader(file))
    if count != dump.people:
        yield f"There are {count} people in the dump instead of {dump.people}."


def _rows_in(path: Path, programs: Programs) -> dict[str, int]:
    """Rows by table, counted in what pg_restore would send. Raises ProgramFailed."""
    command = [str(programs.folder / "pg_restore"), "--data-only", "--file=-", str(path)]
    account = programs.account
    with subprocess.Popen(  # noqa: S603 - our own arguments
        command,
        bufsize=PART_BYTES,
        stdout=subprocess.PIPE,
        cwd="/",
        env=PLAIN_ENVIRONMENT,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    ) as process:
        assert process.stdout is not None
        found = _counted(process.stdout)
    if process.returncode != 0:
        raise ProgramFailed("pg_restore cannot read the dump.")
    return found


def _counted(lines: Iterable[bytes]) -> dict[str, int]:
    found: dict[str, int] = {}
    table = ""
    for line in lines:
        if table:
            if line == _END:
                table = ""
            else:
                found[table] += 1
        elif begun := _COPY.fullmatch(line):
            table = begun[1].decode()
            found[table] = 0
    return found
