"""A stand-in for the product: the least that `run` can prepare, start, ask and end.

As a program: `stub_product.py` runs it like `python -m embedded run`; with a role it plays that.
"""

from __future__ import annotations

import http.server
import os
import signal
import subprocess
import sys
from pathlib import Path

from embedded.processes import Command
from embedded.run import Product, run

SELF: Command = (sys.executable, "-m", "tests.embedded.stub_product")


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers every question with its own process number."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())


def prepare() -> None:
    """Write the sign-ins, as manage.py prepare does."""
    sys.stdout.write("stub: prepared\n")
    (Path(os.environ["DBX_VAR"]) / "demo.txt").write_text("Sign in as stub@example.org\n")


def web(port: str) -> None:
    """Serve pages with a helper process, as granian does."""
    subprocess.Popen([*SELF, "idle"])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Pages).serve_forever()


def stubborn() -> None:
    """Wait, and take no notice of polite requests, like a worker in a long task."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    idle()


def idle() -> None:
    """Wait to be ended."""
    while True:
        signal.pause()


STUB = Product(
    prepare=(*SELF, "prepare"),
    web=lambda port: (*SELF, "web", str(port)),
    worker=lambda: (*SELF, os.environ.get("STUB_WORKER", "idle")),
    beat=lambda _var: (*SELF, "idle"),
)


if __name__ == "__main__":
    roles = {"prepare": prepare, "idle": idle, "stubborn": stubborn}
    if sys.argv[1:] in ([], ["run"]):
        sys.exit(run(os.environ, STUB))
    elif sys.argv[1] == "web":
        web(sys.argv[2])
    else:
        roles[sys.argv[1]]()
