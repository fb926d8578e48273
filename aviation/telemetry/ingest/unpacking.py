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

PIECE_BYTES = 256 * 1024
Content = bytes | bytearray
CODECS = {"gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}


class UnknownCompression(DomainError):
    code = "unsupported_encoding"
    status = 415


class Unreadable(DomainError):
    """The body as a whole is not what its content type says."""

    code = "unreadable"
    status = 400


def read_sent(stream: IO[bytes], length: int) -> bytearray:
    """A body of ``length`` bytes as it was sent, or as much of it as arrived.

    Piece by piece into its place: asked for as a whole, the web server would gather it first and
    then copy it, and the body would weigh three times what it is.
    Raises TooLarge, and Unreadable when there is none.
    """
    if length > MAX_SENT_BYTES:
        raise TooLarge(f"The body is larger than {MAX_SENT_BYTES // MEBIBYTE} MB.")
    sent, filled = bytearray(length), 0
    while piece := stream.read(min(PIECE_BYTES, length - filled)):
        sent[filled : filled + len(piece)] = piece
        filled += len(piece)
    if not filled:
        raise Unreadable("There is no body.")
    del sent[filled:]
    return sent


def unpack(sent: Content, *, encoding: str, max_bytes: int) -> Content:
    """The plain bytes of a body.

    Raises TooLarge, UnknownCompression, or Unreadable for damaged compression.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _bounded(sent, max_bytes)
    if name not in CODECS:
        raise UnknownCompression("Compress with gzip or zstd, or not at all.")
    return _unpacked(sent, CODECS[name], max_bytes)


def _bounded(body: Content, max_bytes: int) -> Content:
    if len(body) > max_bytes:
        raise TooLarge(f"The body is larger than {max_bytes // MEBIBYTE} MB.")
    return body


def _unpacked(sent: Content, codec: str, max_bytes: int) -> bytes:
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
