"""An S3-compatible service on the loopback, and a way to let it fail."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
ERROR = b"<?xml version='1.0'?><Error><Code>%s</Code><Message>as was asked for</Message></Error>"
PATIENCE_S = 30.0


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nobody reads it."""


class Failing:
    """Passes requests on; writing ones fail in the way that is set."""

    def __init__(self, inner: Application) -> None:
        self.fault = ""
        self.released = threading.Event()
        self.keep_share = 0.5
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if not self.fault or environ["REQUEST_METHOD"] not in {"PUT", "POST"}:
            return self._inner(environ, start)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if self.fault == "500":
            start("500 Internal Server Error", [("Content-Type", "application/xml")])
            return [ERROR % b"InternalError"]
        if self.fault == "403":
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [ERROR % b"AccessDenied"]
        if self.fault == "timeout":
            self.released.wait(PATIENCE_S)
            start("503 Slow Down", [("Content-Type", "application/xml")])
            return [ERROR % b"SlowDown"]
        cut = body[: int(len(body) * self.keep_share)]
        without = {k: v for k, v in environ.items() if not k.startswith("HTTP_X_AMZ_CHECKSUM")}
        passed = without | {"wsgi.input": io.BytesIO(cut), "CONTENT_LENGTH": str(len(cut))}
        return self._inner(passed, start)


@contextmanager
def s3_service() -> Iterator[tuple[str, Failing]]:
    """Its address, and its faults."""
    failing = Failing(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, failing, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, name="s3", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", failing
    finally:
        failing.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
