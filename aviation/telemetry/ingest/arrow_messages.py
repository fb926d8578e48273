"""A look at the messages of an Arrow stream before any of them is unfolded.

Arrow can compress the buffers inside a message, and unfolds them without a limit. Whether it does
stands in a message's metadata, a flatbuffer: the field ``compression`` of its RecordBatch (the
formats' schema files, Message.fbs and Schema.fbs, number the fields).
"""

from __future__ import annotations

import struct

import pyarrow as pa

from aviation.common.errors import TooLarge
from aviation.telemetry.ingest.bounds import MAX_ARROW_MESSAGES, MAX_SCHEMA_BYTES
from aviation.telemetry.ingest.unpacking import Content, Unreadable

HEADER_OF_MESSAGE = 2
DATA_OF_DICTIONARY = 1
COMPRESSION_OF_BATCH = 3


def require_plain_messages(body: Content) -> None:
    """Raises Unreadable for compression within the stream, TooLarge, or an Arrow error."""
    reader = pa.ipc.MessageReader.open_stream(pa.BufferReader(body))
    for _ in range(MAX_ARROW_MESSAGES):
        try:
            message = reader.read_next_message()
        except StopIteration:
            return
        if message.metadata.size > MAX_SCHEMA_BYTES:
            raise TooLarge("A message of the stream has too much metadata.")
        if message.type in ("record batch", "dictionary") and _is_compressed(message):
            raise Unreadable(
                "Send the stream without Arrow's own compression. "
                "Compress the body as a whole, with gzip or zstd, and say so in Content-Encoding."
            )
    raise TooLarge(f"At most {MAX_ARROW_MESSAGES:,} record batches fit into one request.")


def _is_compressed(message: pa.ipc.Message) -> bool:
    metadata = message.metadata.to_pybytes()
    try:
        root = struct.unpack_from("<I", metadata, 0)[0]
        batch = _child(metadata, root, HEADER_OF_MESSAGE)
        if message.type == "dictionary" and batch is not None:
            batch = _child(metadata, batch, DATA_OF_DICTIONARY)
        return batch is None or _child(metadata, batch, COMPRESSION_OF_BATCH) is not None
    except struct.error:
        raise Unreadable("The body is no Arrow IPC stream.") from None


def _child(metadata: bytes, table: int, number: int) -> int | None:
    """Where the table in field ``number`` of the table at ``table`` lies; None without one."""
    vtable = table - int(struct.unpack_from("<i", metadata, table)[0])
    size = struct.unpack_from("<H", metadata, vtable)[0]
    entry = 4 + 2 * number
    if entry + 2 > size:
        return None
    offset = int(struct.unpack_from("<H", metadata, vtable + entry)[0])
    if offset == 0:
        return None
    place = table + offset
    return place + int(struct.unpack_from("<I", metadata, place)[0])
