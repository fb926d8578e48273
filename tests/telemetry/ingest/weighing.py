"""A process that reads hostile bodies and tells what each one cost it.

Started by test_hostile_bodies, so that no other test's memory is in the figures.
"""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import django
import pyarrow as pa

STATUS, PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MOMENT = "2026-06-01T12:00:00Z"
Case = tuple[str, str, str, bytes]


def cases() -> Iterator[Case]:
    """Name, kind of body, its compression, the body."""
    zeros = bytes(200_000_000)
    packed = gzip.compress(zeros, 9)
    zstd = pa.Codec("zstd").compress(zeros).to_pybytes()
    del zeros
    for kind in ("json", "ndjson", "arrow"):
        yield f"gzip bomb as {kind}", kind, "gzip", packed
    yield "zstd bomb", "ndjson", "zstd", zstd
    yield "gzip bomb in gzip", "json", "gzip", gzip.compress(packed)
    deep = 100_000
    yield "nested lists", "json", "", b"[" * deep + b"]" * deep
    yield "nested objects", "json", "", b'{"a":' * deep + b"1" + b"}" * deep
    yield "nested in a point", "json", "", b'[{"altitude_m":' + b"[" * 900 + b"]" * 900 + b"}]"
    yield "nested line", "ndjson", "", b"[" * deep + b"]" * deep
    digits = b"1" * 5_000
    yield "5,000 digits", "json", "", b'[{"altitude_m":' + digits + b"}]"
    yield "5,000 digits of a line", "ndjson", "", b'{"altitude_m":' + digits + b"}"
    keys = b",".join(b'"k%d":1' % number for number in range(1_000_000))
    yield "1 M keys", "json", "", b"{" + keys + b"}"
    yield "1 M keys of a line", "ndjson", "", b"{" + keys + b"}"
    short = b",".join(b'"%x":1' % number for number in range(700_000))
    yield "700,000 keys", "json", "", b"{" + short + b"}"
    twice = b",".join(b'{"timestamp":"%s","altitude_m":1}' % MOMENT.encode() for _ in range(20_000))
    yield "key twice", "json", "", b"[" + twice + b',{"timestamp":1,"timestamp":2}]'
    yield "empty objects", "json", "", b"[" + b"{}," * 2_600_000 + b"{}]"
    yield "empty lists", "json", "", b"[" + b"[]," * 2_600_000 + b"[]]"
    yield (
        "empty objects in columns",
        "json",
        "",
        (b'{"columns":{"timestamp":[' + b"1," * 3_900_000 + b"1]}}"),
    )
    yield "empty lines", "ndjson", "", b"{}\n" * 10_000_000
    yield "blank lines", "ndjson", "", b"\n" * 30_000_000
    yield "40 MB of control characters", "ndjson", "", b"{" + b"\r" * 40_000_000 + b"}"
    yield from _arrow_cases()


def _arrow_cases() -> Iterator[Case]:
    from tests.telemetry.ingest.sending import stream_of

    count = 190_000
    moments = pa.nulls(count, pa.timestamp("us", "UTC"))
    words = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), ["x" * 1_000_000])
    table = pa.table({"timestamp": moments, "aircraft": words})
    yield "one long word for all", "arrow", "", stream_of(table)
    narrow = {
        f"motor_output_us_{n}": pa.repeat(pa.scalar(1, pa.int8()), count) for n in range(1, 90)
    }
    yield "narrow columns", "arrow", "", stream_of(pa.table({"timestamp": moments} | narrow))
    zeros = pa.table({"timestamp": moments, "altitude_m": pa.repeat(0.0, count)})
    yield "compressed inside", "arrow", "", stream_of(zeros, compression="zstd")
    wide = pa.table({f"c{n}": pa.array([1]) for n in range(100_000)})
    yield "100,000 columns", "arrow", "", stream_of(wide)
    tiny = pa.table({"timestamp": pa.nulls(30_000, pa.timestamp("us", "UTC"))})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, tiny.schema) as writer:
        writer.write_table(tiny, max_chunksize=1)
    yield "30,000 record batches", "arrow", "", sink.getvalue()


def weighed(kind: str, encoding: str, body: bytes) -> tuple[str, float, float]:
    """What came of it, the processor's milliseconds, and by how many MB the memory's peak grew."""
    from aviation.common.errors import DomainError
    from aviation.telemetry.ingest.bounds import MAX_ARROW_BYTES, MAX_JSON_BYTES, MAX_NDJSON_BYTES
    from aviation.telemetry.ingest.service import READERS, BodyKind
    from aviation.telemetry.ingest.unpacking import unpack

    limits = {"json": MAX_JSON_BYTES, "ndjson": MAX_NDJSON_BYTES, "arrow": MAX_ARROW_BYTES}
    PEAK_RESET.write_text("5")
    before, began = peak_mb(), time.process_time()
    try:
        plain = unpack(body, encoding=encoding, max_bytes=limits[kind])
        batch = READERS[BodyKind(kind)](plain)
        outcome = f"read, {len(batch.refused)} of {batch.sent} refused"
    except DomainError as error:
        outcome = str(error.status)
    return outcome, (time.process_time() - began) * 1_000, peak_mb() - before


def peak_mb() -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1_024


def main() -> None:
    django.setup()
    good = b'[{"timestamp":"2026-06-01T12:00:00Z"}]'
    weighed("json", "gzip", gzip.compress(good))  # whatever is loaded at first use
    weighed("ndjson", "", good)
    weighed("arrow", "", good)
    for name, kind, encoding, body in cases():
        outcome, cpu_ms, grown_mb = weighed(kind, encoding, body)
        print(json.dumps([name, outcome, round(cpu_ms), round(grown_mb, 1)]), flush=True)


if __name__ == "__main__":
    main()
