"""JSON from outside, read within bounds."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from aviation.common.errors import TooLarge

MAX_JSON_BYTES = 1_000_000


class BoundedJSONParser(JSONParser):
    """JSON of at most a megabyte; nesting too deep to read is a mistake of the sender's."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(MAX_JSON_BYTES + 1)
        if len(body) > MAX_JSON_BYTES:
            raise TooLarge("The JSON document is larger than 1 MB.")
        try:
            return super().parse(io.BytesIO(body), media_type, dict(parser_context or {}))
        except RecursionError:
            raise ParseError("The JSON document is nested too deeply.") from None
