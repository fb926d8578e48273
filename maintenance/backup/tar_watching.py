"""Reading along in a tar stream: a few small files are kept aside while all of it passes by.

Format: POSIX ustar, with GNU's base-256 sizes for files of 8 GB and more.
"""

from __future__ import annotations

from collections.abc import Callable

from maintenance.backup.streams import Readable

BLOCK = 512
_NAME, _SIZE = slice(0, 100), slice(124, 136)
_LARGEST_KEPT = 1 << 30


class TarWatcher:
    """Passes a tar stream on unchanged; ``kept`` has the wanted files once it has ended."""

    def __init__(
        self,
        source: Readable,
        wanted: frozenset[str],
        progress: Callable[[int], None] = lambda _bytes: None,
    ) -> None:
        self.kept: dict[str, bytes] = {}
        self.passed_bytes = 0
        self._progress = progress
        self._source = source
        self._wanted = wanted
        self._header = bytearray()
        self._skip = 0
        self._current = ""
        self._content = bytearray()
        self._missing = 0

    def read(self, size: int = -1, /) -> bytes:
        part = self._source.read(size)
        at = 0
        while at < len(part):
            at += self._take(memoryview(part)[at:])
        self.passed_bytes += len(part)
        self._progress(self.passed_bytes)
        return part

    def _take(self, part: memoryview) -> int:
        """Follow the stream by one step; how many bytes that was."""
        if self._missing:
            taken = min(self._missing, len(part))
            self._content += part[:taken]
            self._missing -= taken
            if not self._missing:
                self.kept[self._current] = bytes(self._content)
            return taken
        if self._skip:
            taken = min(self._skip, len(part))
            self._skip -= taken
            return taken
        taken = min(BLOCK - len(self._header), len(part))
        self._header += part[:taken]
        if len(self._header) == BLOCK:
            self._begin_file(bytes(self._header))
            self._header.clear()
        return taken

    def _begin_file(self, header: bytes) -> None:
        name = header[_NAME].rstrip(b"\0").decode(errors="replace").removeprefix("./")
        size = _read_size(header[_SIZE])
        padding = -size % BLOCK
        if name in self._wanted and size <= _LARGEST_KEPT:
            self._current, self._missing, self._skip = name, size, padding
            self._content.clear()
        else:
            self._skip = size + padding


def _read_size(field: bytes) -> int:
    if field[0] & 0x80:
        return int.from_bytes(field, "big") & ((1 << 95) - 1)
    return int(field.rstrip(b"\0 ") or b"0", 8)
