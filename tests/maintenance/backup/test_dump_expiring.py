"""Dumps of one organization expire, and the newest good one of each never does."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maintenance.backup.dump_expiring import DumpExpiry, is_whole, plan_dumps, remove_dumps
from maintenance.backup.dump_store import OWN, Dump, dump_ids, write_dump
from maintenance.backup.folder_store import FolderStore
from maintenance.backup.manifest import StoredFile
from maintenance.backup.streams import digest

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = BEGIN + timedelta(days=50)


def a_dump(day: int, slug: str = "alpha", *, is_checked: bool = True) -> Dump:
    moment = BEGIN + timedelta(days=day)
    return Dump(
        id=f"{moment:%Y%m%dT%H%M%SZ}-dump-{uuid.uuid5(uuid.NAMESPACE_DNS, slug).hex[:6]}",
        organization=slug,
        slug=slug,
        taken_at=moment,
        postgres_major=18,
        recipient="",
        rows={},
        people=0,
        is_checked=is_checked,
        files=(),
    )


def planned(*dumps: Dump, at_least: int = 1, broken: tuple[Dump, ...] = ()) -> DumpExpiry:
    return plan_dumps(dumps, BEFORE, at_least, lambda dump: dump not in broken)


def test_what_is_past_its_time_goes() -> None:
    old, older, fresh = a_dump(49), a_dump(1), a_dump(51)
    assert planned(fresh, old, older).dumps == (older, old)
    assert planned(fresh, old, older, at_least=2).dumps == (older,)


def test_the_newest_good_one_of_each_organization_stays_however_old() -> None:
    alpha = [a_dump(day) for day in (1, 2)]
    bravo = [a_dump(day, "bravo") for day in (3, 4)]
    found = planned(*alpha, *bravo, at_least=0)
    assert found == DumpExpiry((alpha[0], bravo[0]))


def test_a_broken_or_unread_one_does_not_count_as_good() -> None:
    good, broken, unread = a_dump(1), a_dump(60), a_dump(61, is_checked=False)
    assert planned(good, broken, unread, broken=(broken,)).dumps == ()
    assert planned(good, broken, unread).dumps == (good,)


def test_without_a_good_one_nothing_goes_and_that_is_said() -> None:
    found = planned(a_dump(1, is_checked=False), a_dump(60, is_checked=False))
    assert found == DumpExpiry((), ("alpha",))


def test_nothing_is_read_while_nothing_is_past_its_time() -> None:
    def never(_: Dump) -> bool:
        pytest.fail("A dump was read.")

    assert plan_dumps([a_dump(51), a_dump(52)], BEFORE, 1, never) == DumpExpiry()


def test_one_changed_byte_or_a_missing_file_makes_it_not_whole(tmp_path: Path) -> None:
    store, dump = FolderStore(tmp_path), kept(tmp_path, a_dump(1))
    path = tmp_path / dump.folder / OWN
    assert is_whole(dump, store)
    path.write_bytes(b"whatsoever")
    assert not is_whole(dump, store)
    path.unlink()
    assert not is_whole(dump, store)


def test_what_is_planned_is_removed_and_nothing_else(tmp_path: Path) -> None:
    store, old, fresh = FolderStore(tmp_path), a_dump(1), a_dump(60)
    old, fresh = kept(tmp_path, old), kept(tmp_path, fresh)
    remove_dumps([old], store)
    assert dump_ids(store) == [fresh.id]
    assert not [name for name in store.names("dumps") if old.id in name]


def kept(folder: Path, dump: Dump) -> Dump:
    """The dump as it lies in a store, with one file."""
    store, name = FolderStore(folder), f"{dump.folder}/{OWN}"
    with store.writing(name) as file:
        file.write(b"whatever it is")
    with store.reading(name) as file:
        size, sha256 = digest(file)
    whole = replace(dump, files=(StoredFile(OWN, size, sha256),))
    write_dump(whole, store)
    return whole
