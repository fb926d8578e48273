"""The question that Docker asks the web process."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from embedded.health import READY_PATH, health
from tests.embedded.conftest import free_port


class Web(http.server.BaseHTTPRequestHandler):
    """Answers as it is told to, and notes the question."""

    status = 200
    question: tuple[str, str] = ("", "")

    def do_GET(self) -> None:
        type(self).question = (self.path, self.headers["Host"])
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"as told")

    def log_message(self, *_: object) -> None:
        """Keep silent."""


@pytest.fixture
def port() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield str(server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_ready_process_is_healthy(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert health({"DBX_PORT": port}) == 0
    assert capsys.readouterr().out == "as told\n"


def test_it_asks_by_a_name_the_product_answers_to(port: str) -> None:
    health({"DBX_PORT": port, "DBX_ALLOWED_HOSTS": ".flights.example.org, other.example.org"})
    assert Web.question == (READY_PATH, "flights.example.org")


def test_an_unready_process_is_ill(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Web, "status", 503)
    assert health({"DBX_PORT": port}) == 1
    assert capsys.readouterr().out == "503 as told\n"


def test_no_process_is_ill(capsys: pytest.CaptureFixture[str]) -> None:
    assert health({"DBX_PORT": str(free_port())}) == 1
    assert "No answer" in capsys.readouterr().out
