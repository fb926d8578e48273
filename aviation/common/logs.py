"""Log lines as one JSON object each, with the request, organization and person they belong to."""

from __future__ import annotations

import logging.config
import re
from collections.abc import Callable, Iterable
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def json_formatter(secret_paths: Iterable[str] = ()) -> logging.Formatter:
    """The formatter both structlog's and the standard library's records pass through.

    What follows one of ``secret_paths`` in an address, such as a mailed token, is left out.
    """
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            hiding(secret_paths),
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=_SHARED,
    )


def hiding(secret_paths: Iterable[str]) -> Callable[[Any, str, Any], Any]:
    """A processor that cuts secrets out of every text of a log line."""
    prefixes = "|".join(map(re.escape, secret_paths))
    secret = re.compile(rf"({prefixes})[^\s\"'?]+") if prefixes else None

    def hide(_logger: Any, _method: str, line: dict[str, Any]) -> dict[str, Any]:
        if secret is None:
            return line
        return {
            name: secret.sub(r"\1...", value) if isinstance(value, str) else value
            for name, value in line.items()
        }

    return hide


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG hook: the standard library first, structlog on top of it."""
    logging.config.dictConfig(config)
    structlog.configure(
        # First of all: what is not to be written is not made up either.
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
