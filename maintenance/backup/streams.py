"""Compressing and encrypting on the way to a store, and the way back, in constant memory.

What is stored is one zstd frame inside one age file: ``age --decrypt | zstd -d`` reads it without
us. The age format authenticates every 64 KiB with its place, and the last part as the last: a
changed bit, parts in another order and a cut end all raise.

What must never happen: an error that is swallowed. pyrage reports some failures of the writer
only as a stream that is too short (seen with 1.4.0: a failing write of the last, small part), so
both ends remember what went wrong and it is raised again here.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Protocol, cast

import pyarrow
import pyrage

from aviation.common.errors import DomainError
from maintenance.backup.keys import BackupKeys, KeyProblem

SUFFIX = ".zst.age"
PART_BYTES = 1 << 20
_CODEC = "zstd"


class Damaged(DomainError):
    """Stored bytes are not what was stored: changed, cut off or mixed up."""

    code = "backup_damaged"


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """What went in and what came out."""

    plain_bytes: int
    plain_sha256: str
    stored_bytes: int
    stored_sha256: str


def seal(source: Readable, target: Writable, keys: BackupKeys) -> Sealed:
    """Compress and encrypt ``source`` under the current key. Raises what either end raised."""
    reader, writer = _Compressing(source), _Counting(target)
    try:
        pyrage.encrypt_io(reader, writer, [keys.current, *keys.extra])
    except pyrage.EncryptError as error:
        raise (reader.failure or writer.failure or error) from None
    if failure := reader.failure or writer.failure:
        raise failure
    plain, stored = reader.tally, writer.tally
    return Sealed(plain.count, plain.hexdigest(), stored.count, stored.hexdigest())


def decrypt(source: Readable, target: Writable, keys: BackupKeys) -> None:
    """Write what ``source`` decrypts to, which is still compressed, to ``target``.

    Raises KeyProblem, Damaged, or what either end raised. What was written before may be acted on
    only when nothing is raised.
    """
    identities = keys.require_identities()
    reader, writer = _Guarded(source), _GuardedTarget(target)
    try:
        pyrage.decrypt_io(reader, writer, list(identities))
    except BaseException as error:
        raise (reader.failure or writer.failure or _in_our_words(error)) from None
    if failure := reader.failure or writer.failure:
        raise failure


@contextmanager
def opened(source: Readable, keys: BackupKeys) -> Iterator[IO[bytes]]:
    """The plain bytes as a stream. Raises KeyProblem before the first of them, or Damaged.

    Leaving the block early is fine. What was read before Damaged is raised is as it was stored,
    but there was more: act on it only after the end has been reached.
    """
    identities = keys.require_identities()
    ends = os.pipe()
    read_end, write_end = os.fdopen(ends[0], "rb"), os.fdopen(ends[1], "wb")
    failures: list[BaseException] = []
    guarded = _Guarded(source)

    def decrypt() -> None:
        try:
            with write_end:
                pyrage.decrypt_io(guarded, write_end, list(identities))
        except BrokenPipeError:
            return  # nobody reads on
        except BaseException as error:
            failures.append(guarded.failure or error)

    thread = threading.Thread(target=decrypt, name="decrypting", daemon=True)
    thread.start()
    try:
        with read_end:
            yield cast("IO[bytes]", _Decompressing(read_end, thread, failures))
    finally:
        thread.join()


def copy(source: Readable, target: Writable) -> tuple[int, str]:
    """Copy to the end; number of bytes and their SHA-256."""
    tally = _Tally()
    while part := source.read(PART_BYTES):
        target.write(part)
        tally.add(part)
    return tally.count, tally.hexdigest()


def digest(source: Readable) -> tuple[int, str]:
    """Read to the end; number of bytes and their SHA-256."""
    tally = _Tally()
    while part := source.read(PART_BYTES):
        tally.add(part)
    return tally.count, tally.hexdigest()


class _Tally:
    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()
        self.hexdigest = self._hash.hexdigest

    def add(self, part: bytes) -> None:
        self.count += len(part)
        self._hash.update(part)


class _Compressing:
    """Reads as the zstd frame of what ``source`` reads as."""

    def __init__(self, source: Readable) -> None:
        self.tally = _Tally()
        self.failure: BaseException | None = None
        self._source = source
        self._ready = bytearray()
        self._is_over = False
        sink = pyarrow.PythonFile(_Spout(self._ready), mode="w")
        self._frame = pyarrow.CompressedOutputStream(sink, _CODEC)

    def read(self, size: int = -1, /) -> bytes:
        try:
            while not self._is_over and len(self._ready) < size:
                self._take_more()
        except BaseException as error:
            self.failure = error
            raise
        part = bytes(self._ready[:size])
        del self._ready[:size]
        return part

    def _take_more(self) -> None:
        if part := self._source.read(PART_BYTES):
            self.tally.add(part)
            self._frame.write(part)
        else:
            self._is_over = True
            self._frame.close()


class _Spout:
    """The file pyarrow writes the frame to: a buffer that is emptied at the other end."""

    closed = False

    def __init__(self, buffer: bytearray) -> None:
        self._buffer = buffer

    def write(self, data: Any) -> int:
        self._buffer += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True


class _Counting:
    def __init__(self, target: Writable) -> None:
        self.tally = _Tally()
        self.failure: BaseException | None = None
        self._target = target

    def write(self, data: bytes) -> int:
        try:
            self._target.write(data)
        except BaseException as error:
            self.failure = error
            raise
        self.tally.add(data)
        return len(data)

    def flush(self) -> None:
        """The target's owner flushes it."""


class _Guarded:
    def __init__(self, source: Readable) -> None:
        self.failure: BaseException | None = None
        self._source = source

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._source.read(size)
        except BaseException as error:
            self.failure = error
            raise


class _GuardedTarget:
    def __init__(self, target: Writable) -> None:
        self.failure: BaseException | None = None
        self._target = target

    def write(self, data: bytes, /) -> object:
        try:
            return self._target.write(data)
        except BaseException as error:
            self.failure = error
            raise

    def flush(self) -> None:
        """The target's owner flushes it."""


class _Decompressing:
    """The plain stream; at its end it waits for the verdict of the decryption."""

    def __init__(
        self, pipe: IO[bytes], thread: threading.Thread, failures: list[BaseException]
    ) -> None:
        self._thread, self._failures = thread, failures
        self._pipe = pipe
        self._plain: Any = None

    def read(self, size: int = -1, /) -> bytes:
        try:
            if self._plain is None:
                self._plain = pyarrow.CompressedInputStream(
                    pyarrow.PythonFile(self._pipe, mode="r"), _CODEC
                )
            part: bytes = self._plain.read(size) if size >= 0 else self._plain.read()
        except OSError as error:
            self._raise_verdict()
            raise Damaged("The compressed stream cannot be read.") from error
        if not part or size < 0:
            self._raise_verdict()
        return part

    def _raise_verdict(self) -> None:
        """Raise what decryption said. Its thread is at its end, or blocked by bytes nobody read."""
        self._pipe.read()
        self._thread.join()
        if not self._failures:
            return
        raise _in_our_words(self._failures[0])


def _in_our_words(failure: BaseException) -> BaseException:
    if isinstance(failure, pyrage.DecryptError) and "No matching keys" in str(failure):
        return KeyProblem("None of the backup keys opens this; it was made with another.")
    if isinstance(failure, pyrage.DecryptError) or "decrypt" in str(failure):
        return Damaged("The encrypted bytes fail their authentication.")
    return failure
