"""What the tests of accounts share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts.own_redis import OwnRedis


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    """A running server; its folder's name is short, as a socket's must be."""
    with tempfile.TemporaryDirectory(prefix="dbxl.") as folder:
        server = OwnRedis(Path(folder))
        server.start()
        yield server
        server.end()
