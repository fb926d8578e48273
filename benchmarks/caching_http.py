"""API reads over HTTP, by the real web server: from memory, without it, and a bare Django view.

The load runs on the same two processors: each of its requests is paid for here, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.stack import BIN, _end, _start, _wait_for, free_port

NAMES = ("cache.api_",)
SECONDS = 4.0
ROUNDS = 2
CONNECTIONS = 1_000
LEAST_PER_SECOND = 2_000
PATH = "/api/v1/aircraft/"
FLEET = 20


@contextmanager
def web(environment: dict[str, str], folder: Path, name: str) -> Iterator[str]:
    """The web server as the product is deployed with: two processes."""
    port = free_port()
    command = [f"{BIN}/granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "2", "--no-access-log", "--backlog", "2048"]
    command += ["--blocking-threads", os.environ.get("BT", "8")]
    log = folder / f"{name}.log"
    process = _start([*command, "config.wsgi:application"], environment, log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/health/live", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        _end(process)
