"""The embedded Redis: private, and keeping what it was told."""

from __future__ import annotations

import importlib.util
import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as client

from embedded.errors import EmbeddedError
from embedded.folders import Area
from embedded.pause import wait_until
from embedded.redis import Redis, find_program


@pytest.fixture
def server(area: Area) -> Iterator[Redis]:
    made = Redis(area)
    made.start(time.sleep)
    yield made
    made.stop(time.sleep)


@pytest.fixture
def connection(server: Redis) -> Iterator[client.Redis]:
    with client.Redis.from_url(server.url) as opened:
        yield opened


def test_its_address_leads_to_it(connection: client.Redis) -> None:
    assert connection.ping()


def test_it_listens_on_no_network(connection: client.Redis) -> None:
    assert connection.config_get("port") == {"port": "0"}


def test_it_refuses_rather_than_forgets_when_full(connection: client.Redis) -> None:
    """A12: no counter and no queued work is dropped for want of room."""
    assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert 0 < int(connection.config_get("maxmemory")["maxmemory"]) < 1024**3


def test_its_socket_folder_is_closed_to_others(server: Redis) -> None:
    socket = Path(server.url.removeprefix("unix://").partition("?")[0])
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700


def test_what_it_was_told_survives_a_kill(server: Redis, connection: client.Redis) -> None:
    connection.set("flight", "171")
    os.kill(server.child.pid or 0, signal.SIGKILL)
    assert wait_until(lambda: server.child.ended() == -signal.SIGKILL, time.sleep, 10)
    server.start(time.sleep)
    assert connection.get("flight") == b"171"


def test_starting_twice_keeps_the_first(server: Redis) -> None:
    first = server.child.pid
    server.start(time.sleep)
    assert server.child.pid == first


def test_stopping_twice_is_harmless(server: Redis) -> None:
    server.stop(time.sleep)
    server.stop(time.sleep)
    assert server.child.ended() == 0


def test_a_throw_away_server_writes_nothing(area: Area) -> None:
    server = Redis(area, durable=False)
    server.start(time.sleep)
    with client.Redis.from_url(server.url) as connection:
        connection.set("flight", "171")
    server.stop(time.sleep)
    assert list((area.base / "redis").iterdir()) == []


def test_a_failed_start_shows_the_servers_own_words(area: Area, folder: Path) -> None:
    program = folder / "broken"
    program.write_text("#!/bin/sh\necho out of order\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(EmbeddedError, match=r"did not start:\nout of order"):
        Redis(area, str(program)).start(time.sleep)


def test_a_named_program_that_is_none_is_refused(folder: Path) -> None:
    with pytest.raises(EmbeddedError, match="DBX_REDIS_BIN"):
        find_program(str(folder / "nothing"))


def test_without_the_package_the_systems_own_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "valkey-server").touch(0o755)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(folder))
    assert find_program("") == folder / "valkey-server"


def test_without_any_program_the_message_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(EmbeddedError, match="set REDIS_URL"):
        find_program("")
