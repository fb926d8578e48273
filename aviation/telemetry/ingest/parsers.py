"""Bodies of points for DRF: bytes within bounds, and of which kind; they are unfolded later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, ClassVar

from rest_framework.parsers import BaseParser

from aviation.telemetry.ingest.bounds import MAX_ARROW_BYTES, MAX_JSON_BYTES, MAX_NDJSON_BYTES
from aviation.telemetry.ingest.service import BodyKind
from aviation.telemetry.ingest.unpacking import Content, read_sent, unpack


@dataclass(slots=True)
class Body:
    """A body as it was sent. Unfolded, it may be large: only whoever has a turn unfolds it."""

    kind: BodyKind
    sent: Content
    encoding: str
    max_bytes: int

    def take(self) -> Content:
        """The plain bytes, once: the request outlives its answer, and should not keep them.

        Raises TooLarge, UnknownCompression or Unreadable.
        """
        sent, self.sent = self.sent, b""
        return unpack(sent, encoding=self.encoding, max_bytes=self.max_bytes)


class PointsParser(BaseParser):
    kind: ClassVar[BodyKind]
    max_bytes: ClassVar[int]

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """A Body. Raises TooLarge or Unreadable."""
        request = (parser_context or {})["request"]
        encoding = request.headers.get("Content-Encoding", "")
        length = _length_of(request)
        return Body(self.kind, read_sent(stream, length), encoding, self.max_bytes)


def _length_of(request: Any) -> int:
    """What the sender says; the web server hands out no more than that."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isdecimal() else 0


class ArrowParser(PointsParser):
    media_type = "application/vnd.apache.arrow.stream"
    kind = BodyKind.ARROW
    max_bytes = MAX_ARROW_BYTES


class NdjsonParser(PointsParser):
    media_type = "application/x-ndjson"
    kind = BodyKind.NDJSON
    max_bytes = MAX_NDJSON_BYTES


class JsonPointsParser(PointsParser):
    media_type = "application/json"
    kind = BodyKind.JSON
    max_bytes = MAX_JSON_BYTES
