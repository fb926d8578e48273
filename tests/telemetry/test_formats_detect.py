"""A file's kind comes from its content, and everything else is refused in plain words."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from aviation.telemetry.formats import UnreadableLog, detect, read_log
from tests.telemetry.log_bytes import attitude_log, copter_log, csv_bytes


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (bytes(attitude_log()), "ulog"),
        (bytes(copter_log()), "dataflash"),
        (csv_bytes("time,roll", [(0, 1)]), "csv"),
        (b"\xef\xbb\xbftime;roll\r\n0;1\r\n", "csv"),
        ("time,roll\n0,1\n".encode("utf-16"), "csv"),
        (b"\0\0\0" + bytes(copter_log()), "dataflash"),
        (b"PK\x03\x04anything", None),
        (b"\x00\x01\x02\x03", None),
        (b"", None),
    ],
)
def test_kind_is_told_from_content(content: bytes, kind: str | None) -> None:
    assert detect(content[:4096]) == kind


def test_extension_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "flight.csv"
    path.write_bytes(bytes(attitude_log()))
    assert read_log(path).format == "ulog"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty", "This file is empty."),
        (b"PK\x03\x04", "not_a_log", "it looks like a ZIP archive"),
        (b"%PDF-1.7", "not_a_log", "it looks like a PDF document"),
        (b'{"a": 1}', "not_a_log", "it looks like a JSON document"),
        (b"  <html>", "not_a_log", "it looks like an XML or web page"),
        (b"hello", "not_a_log", "it looks like plain text"),
        (bytes(100), "not_a_log", "it looks like a file of zeros"),
        (
            b"\0\x05\xe0\x01\x02\x03\x04\x05\xfe\x09",
            "not_a_log",
            "it looks like a MAVLink telemetry log",
        ),
        (b"FMT, 128, 89, FMT, BBnNZ, Type\n", "not_a_log", "its .bin file can be read"),
        (b"\x01\x02\x03\x04", "not_a_log", "This is not a flight log we can read."),
    ],
)
def test_other_files_are_refused_in_plain_words(
    tmp_path: Path, content: bytes, code: str, words: str
) -> None:
    path = tmp_path / "flight.ulg"
    path.write_bytes(content)
    with pytest.raises(UnreadableLog) as caught:
        read_log(path)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_error_begins_with_the_uploaded_name(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"")
    with pytest.raises(UnreadableLog, match=r"^monday\.ulg: This file is empty\.$"):
        read_log(path, name="monday.ulg")


@pytest.mark.parametrize("content", [bytes(attitude_log()), bytes(copter_log())])
def test_file_is_let_go_as_soon_as_it_is_read(tmp_path: Path, content: bytes) -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system does not show what a process has mapped")
    path = tmp_path / "flight"
    path.write_bytes(content)
    gc.disable()
    try:
        read_log(path)
        assert str(path) not in maps.read_text()
    finally:
        gc.enable()
