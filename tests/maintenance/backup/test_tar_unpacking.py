"""Unpacking: folders and plain files below the folder, whole, and nothing else."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pyarrow
import pytest

from maintenance.backup.settings_lines import PROJECT
from maintenance.backup.tar_unpacking import BLOCK, NOT_OURS, NOT_WRITTEN, Unpacker

BIG = os.urandom(3 << 20) + b"end"


def member(name: str, kind: bytes = tarfile.REGTYPE, **more: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    for attribute, value in more.items():
        setattr(made, attribute, value)
    return made


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return target.getvalue()


def compressed(plain: bytes) -> bytes:
    made: bytes = pyarrow.Codec("zstd").compress(plain, asbytes=True)
    return made


def unpack(sent: bytes, folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "maintenance.backup.tar_unpacking", str(folder), "", ""],
        input=sent,
        capture_output=True,
        cwd=PROJECT,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def test_files_and_folders_come_back_readable_by_nobody_else(folder: Path) -> None:
    sent = tar_of(
        (member("base", tarfile.DIRTYPE, mode=0o777), b""),
        (member("base/1", mode=0o4777), BIG),
        (member("base/empty"), b""),
        (member("./PG_VERSION"), b"18\n"),
    )
    ended = unpack(compressed(sent), folder)
    assert (ended.returncode, ended.stderr) == (0, b"")
    found = {str(each.relative_to(folder)): each for each in folder.rglob("*")}
    assert set(found) == {"base", "base/1", "base/empty", "PG_VERSION"}
    assert found["base/1"].read_bytes() == BIG
    assert found["base/empty"].read_bytes() == b""
    assert found["PG_VERSION"].read_bytes() == b"18\n"
    modes = [found[each].stat().st_mode & 0o7777 for each in ("base", "base/1", "PG_VERSION")]
    assert modes == [0o700, 0o600, 0o600]


@pytest.mark.parametrize(
    "stranger",
    [
        member("../outside"),
        member("base/../../outside"),
        member("/outside"),
        member("link", tarfile.SYMTYPE, linkname="/etc"),
        member("link", tarfile.LNKTYPE, linkname="PG_VERSION"),
        member("device", tarfile.CHRTYPE),
        member("pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda each: f"{each.name}-{each.type.decode()}",
)
def test_what_no_backup_holds_is_refused(folder: Path, stranger: tarfile.TarInfo) -> None:
    sent = tar_of((member("PG_VERSION"), b"18\n"), (stranger, b""))
    ended = unpack(compressed(sent), folder)
    assert ended.returncode == NOT_OURS
    assert stranger.name.encode() in ended.stderr
    assert [each.name for each in folder.iterdir()] == ["PG_VERSION"]
    assert [each.name for each in folder.parent.iterdir()] == ["folder"]


WHOLE = tar_of((member("base", tarfile.DIRTYPE), b""), (member("base/1"), BIG))


@pytest.mark.parametrize(
    "sent",
    [
        compressed(WHOLE)[:-10],
        compressed(WHOLE)[: 1 << 20],
        compressed(WHOLE[: 2 << 20]),
        compressed(WHOLE[: 512 + 300]),
        compressed(WHOLE[:512]),
        compressed(WHOLE[:600] + bytes([WHOLE[600] ^ 1]) + WHOLE[601:]),
        b"",
        b"no zstd at all",
    ],
    ids=["stream", "half-stream", "file", "header", "end", "changed-header", "nothing", "other"],
)
def test_a_cut_or_changed_stream_is_never_taken_for_whole(folder: Path, sent: bytes) -> None:
    ended = unpack(sent, folder)
    assert ended.returncode == NOT_OURS
    assert ended.stderr


def test_a_file_that_is_there_already_is_not_replaced(folder: Path) -> None:
    (folder / "PG_VERSION").write_text("mine")
    ended = unpack(compressed(tar_of((member("PG_VERSION"), b"18\n"))), folder)
    assert ended.returncode == NOT_WRITTEN
    assert (folder / "PG_VERSION").read_text() == "mine"


class Exchanging:
    """A tar file's plain bytes, in the midst of which somebody exchanges a folder for a link."""

    def __init__(self, plain: bytes, folder: Path, elsewhere: Path) -> None:
        self._plain = pyarrow.BufferReader(plain)
        self._folder, self._elsewhere = folder, elsewhere

    def read_buffer(self, size: int) -> pyarrow.Buffer:
        if self._plain.tell() == BLOCK:
            self._folder.rename(self._folder.with_name("former"))
            self._folder.symlink_to(self._elsewhere)
        return self._plain.read_buffer(size)


@pytest.mark.parametrize("second", ["base/1", "base/within"])
def test_a_folder_exchanged_for_a_link_meanwhile_leads_nowhere(folder: Path, second: str) -> None:
    """PostgreSQL's account owns it by then, and is not to lead root anywhere."""
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir()
    kind = tarfile.DIRTYPE if second == "base/within" else tarfile.REGTYPE
    sent = tar_of((member("base", tarfile.DIRTYPE), b""), (member(second, kind), b""))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with pytest.raises(NotADirectoryError):
            Unpacker(Exchanging(sent, folder / "base", elsewhere), descriptor, None).unpack()
    finally:
        os.close(descriptor)
    assert list(elsewhere.iterdir()) == []
