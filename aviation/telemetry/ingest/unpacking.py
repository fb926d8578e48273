"""Reading a body and undoing its compression, within bounds of size and ratio."""

from __future__ import annotations

from typing import IO

import pyarrow as pa

from aviation.common.errors import DomainError, TooLarge
from aviation.telemetry.ingest.bounds import (
    MAX_RATIO,
    MAX_SENT_BYTES,
    MEBIBYTE,
    RATIO_FREE_BYTES,
)

CODECS = {"gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}


class UnknownCompression(DomainError):
    code = "unsupported_encoding"
    status = 415


class Unreadable(DomainError):
    """The body as a whole is not what its content type says."""

    code = "unreadable"
    status = 400


def read_sent(stream: IO[bytes]) -> bytes:
    """A body as it was sent. Raises TooLarge, and Unreadable when there is none."""
    sent = stream.read(MAX_SENT_BYTES + 1)
    if not sent:
        raise Unreadable("There is no body.")
    if len(sent) > MAX_SENT_BYTES:
        raise TooLarge(f"The body is larger than {MAX_SENT_BYTES // MEBIBYTE} MB.")
    return sent


def unpack(sent: bytes, *, encoding: str, max_bytes: int) -> bytes:
    """The plain bytes of a body.

    Raises TooLarge, UnknownCompression, or Unreadable for damaged compression.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _bounded(sent, max_bytes)
    if name not in CODECS:
        raise UnknownCompression("Compress with gzip or zstd, or not at all.")
    return _unpacked(sent, CODECS[name], max_bytes)


def _bounded(body: bytes, max_bytes: int) -> bytes:
    if len(body) > max_bytes:
        raise TooLarge(f"The body is larger than {max_bytes // MEBIBYTE} MB.")
    return body


def _unpacked(sent: bytes, codec: str, max_bytes: int) -> bytes:
    limit = min(max_bytes, max(RATIO_FREE_BYTES, len(sent) * MAX_RATIO))
    try:
        with pa.CompressedInputStream(pa.BufferReader(sent), codec) as stream:
            plain: bytes = stream.read(limit + 1)
    except (OSError, pa.ArrowInvalid):
        raise Unreadable(f"The body is not readable as {codec}.") from None
    if len(plain) > limit:
        raise TooLarge(
            f"The body unfolds to more than {limit // MEBIBYTE} MB: at most "
            f"{max_bytes // MEBIBYTE} MB and {MAX_RATIO} times what is sent."
        )
    return plain
