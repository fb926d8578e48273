"""Encrypted streams: whole or an error, for the right keys only."""

from __future__ import annotations

import io
import os
import random
import shutil
import subprocess

import pytest

from maintenance.backup.keys import BackupKeys, KeyProblem, keys_from, new_key, read_keys
from maintenance.backup.streams import Damaged, copy, digest, opened, seal


def fresh_keys() -> BackupKeys:
    return read_keys(f"1:{new_key()[0]}")


KEYS = fresh_keys()
PLAIN = os.urandom(300_000)


def sealed(plain: bytes, keys: BackupKeys = KEYS) -> bytes:
    target = io.BytesIO()
    seal(io.BytesIO(plain), target, keys)
    return target.getvalue()


def read_all(stored: bytes, keys: BackupKeys = KEYS) -> bytes:
    with opened(io.BytesIO(stored), keys) as plain:
        return plain.read()


@pytest.mark.parametrize("size", [0, 1, 65_536, 300_000, 3_000_000])
def test_what_was_sealed_comes_back(size: int) -> None:
    plain = os.urandom(size)
    assert read_all(sealed(plain)) == plain


def test_it_can_be_read_in_small_parts_and_left_early() -> None:
    stored = sealed(PLAIN)
    with opened(io.BytesIO(stored), KEYS) as plain:
        target = io.BytesIO()
        assert plain.read(7) == PLAIN[:7]
        copy(plain, target)
        assert target.getvalue() == PLAIN[7:]
    with opened(io.BytesIO(stored), KEYS) as plain:
        plain.read(1)


def test_one_changed_bit_fails_the_authentication() -> None:
    """R12: 100 of 100, wherever the bit is."""
    stored = sealed(PLAIN)
    for at in random.Random().sample(range(len(stored)), 100):
        changed = bytearray(stored)
        changed[at] ^= 1 << random.randrange(8)
        with pytest.raises((Damaged, KeyProblem)):
            read_all(bytes(changed))


def test_a_cut_end_fails_wherever_it_is_cut() -> None:
    stored = sealed(PLAIN)
    header = stored.index(b"\n---")
    cuts = {0, 1, header, header + 100, 70_000, len(stored) - 17, len(stored) - 1}
    for cut in sorted(cuts):
        with pytest.raises(Damaged):
            read_all(stored[:cut])


def test_exchanged_parts_fail() -> None:
    stored = sealed(PLAIN)
    part = 65_536 + 16
    body = stored.index(b"\n---")
    begin = stored.index(b"\n", body + 1) + 1 + 16
    first, second = stored[begin : begin + part], stored[begin + part : begin + 2 * part]
    with pytest.raises(Damaged):
        read_all(stored[:begin] + second + first + stored[begin + 2 * part :])


def test_another_key_opens_nothing() -> None:
    """R11: a wrong key is told apart from damage, before the first byte."""
    with (
        opened(io.BytesIO(sealed(PLAIN)), fresh_keys()) as plain,
        pytest.raises(KeyProblem, match="made with another"),
    ):
        plain.read(1)


def test_a_rotated_key_still_opens_what_was_sealed_before() -> None:
    """R11"""
    old, new = new_key()[0], new_key()[0]
    before = sealed(PLAIN, read_keys(f"1:{old}"))
    after = sealed(PLAIN, read_keys(f"1:{old},2:{new}"))
    assert read_all(before, read_keys(f"1:{old}\n2:{new}")) == PLAIN
    assert read_all(after, read_keys(f"2:{new}")) == PLAIN
    with pytest.raises(KeyProblem):
        read_all(after, read_keys(f"1:{old}"))


def test_a_public_key_only_encrypts() -> None:
    secret, public = new_key()
    stored = sealed(PLAIN, read_keys(f"1:{public}"))
    with pytest.raises(KeyProblem, match="only public ones"):
        read_all(stored, read_keys(f"1:{public}"))
    assert read_all(stored, read_keys(f"1:{secret}")) == PLAIN


@pytest.mark.parametrize(
    "text", ["", "1", "x:age1", "1:", "1:secret", "1:AGE-SECRET-KEY-1", "1:{key},1:{key}"]
)
def test_what_is_no_list_of_keys_is_refused_without_telling_it(text: str) -> None:
    key = new_key()[0]
    with pytest.raises(KeyProblem) as told:
        read_keys(text.format(key=key))
    assert key not in told.value.message


def test_a_file_of_keys_that_is_not_there_is_told() -> None:
    with pytest.raises(KeyProblem, match="cannot be read"):
        keys_from({"DBX_BACKUP_KEYS_FILE": "/nonexistent/keys"})


class Failing:
    """Fails after some bytes, at either end."""

    def __init__(self, good_bytes: int) -> None:
        self.left = good_bytes

    def write(self, data: bytes) -> int:
        self.left -= len(data)
        if self.left < 0:
            raise OSError(28, "No space left on device")
        return len(data)

    def read(self, size: int = -1) -> bytes:
        part = bytes(min(size, self.left))
        self.left -= len(part)
        if not part:
            raise ConnectionResetError("gone")
        return part


@pytest.mark.parametrize("good_bytes", [0, 100, 250, 400_000])
def test_a_failing_target_is_never_taken_for_success(good_bytes: int) -> None:
    for size in (10, 1_000_000):
        if good_bytes < size:
            with pytest.raises(OSError, match="No space left"):
                seal(io.BytesIO(os.urandom(size)), Failing(good_bytes), KEYS)


def test_a_failing_source_is_never_taken_for_its_end() -> None:
    for good_bytes in (0, 10, 3_000_000):
        with pytest.raises(ConnectionResetError):
            seal(Failing(good_bytes), io.BytesIO(), KEYS)


def test_sums_are_those_of_the_bytes() -> None:
    target = io.BytesIO()
    told = seal(io.BytesIO(PLAIN), target, KEYS)
    assert (told.plain_bytes, told.plain_sha256) == digest(io.BytesIO(PLAIN))
    assert (told.stored_bytes, told.stored_sha256) == digest(io.BytesIO(target.getvalue()))


@pytest.mark.skipif(not shutil.which("zstd"), reason="there is no zstd program")
def test_inside_is_one_zstd_frame_that_other_programs_read() -> None:
    import pyrage

    frame = pyrage.decrypt(sealed(PLAIN), list(KEYS.identities))
    ended = subprocess.run(["zstd", "-d", "-c"], input=frame, capture_output=True, check=True)
    assert ended.stdout == PLAIN
