"""How much one request may bring. What is larger is refused before it is read any further."""

from __future__ import annotations

MEBIBYTE = 1024**2
MAX_SENT_BYTES = 32 * MEBIBYTE
"""A body as it is sent, compressed or not."""
MAX_ARROW_BYTES = 64 * MEBIBYTE
MAX_NDJSON_BYTES = 64 * MEBIBYTE
MAX_JSON_BYTES = 8 * MEBIBYTE
"""After decompression. A JSON document is in memory as a whole and many times its size."""
MAX_RATIO = 100
RATIO_FREE_BYTES = MEBIBYTE
"""A body may unfold to this size whatever the ratio."""
MAX_POINTS = 200_000
MAX_VALUES = 8_000_000
"""Points times different fields: what a batch weighs once it is in columns."""
MAX_LINE_BYTES = 64 * 1024
"""One point of NDJSON."""
MAX_SCHEMA_BYTES = MEBIBYTE
MAX_ARROW_MESSAGES = 20_000
"""Record batches in one Arrow stream."""
LONGEST_NAME = 200
"""Characters of what names a flight or an aircraft."""
MAX_FIELDS = 200
"""Different field names in one batch."""
MAX_REJECTIONS_TOLD = 1_000
MAX_REJECTIONS_KEPT = 1_000
MAX_FLIGHTS = 500
"""Different flights and aircraft in one batch."""
MAX_RUNS = 50
"""Flights that one aircraft's points of a batch may open: each costs the database some work."""
