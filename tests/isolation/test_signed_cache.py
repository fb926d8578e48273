"""Nobody who can write to Redis can run code in the product."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.cache import cache

MOMENT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


class Trap:
    """Unpickled, it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def write_past_us(name: str, value: bytes) -> None:
    cache.client.get_client(write=True).set(cache.client.make_key(name), value)  # type: ignore[attr-defined]


def test_value_comes_back_as_it_was() -> None:
    for value in ({"at": MOMENT, "rows": [(1, None)]}, "text", 7, None):
        cache.set("kept", value, 60)
        assert cache.get("kept") == value


def test_foreign_pickle_is_not_read(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    write_past_us("planted", pickle.dumps(Trap(trace)))
    assert cache.get("planted") is None
    write_past_us("planted", bytes(32) + pickle.dumps(Trap(trace)))
    assert cache.get("planted") is None
    assert not trace.exists()


def test_altered_value_is_taken_for_not_cached() -> None:
    cache.set("kept", "before", 60)
    client = cache.client.get_client(write=True)  # type: ignore[attr-defined]
    key = cache.client.make_key("kept")  # type: ignore[attr-defined]
    client.set(key, client.get(key).replace(b"before", b"behind"))
    assert cache.get("kept") is None
