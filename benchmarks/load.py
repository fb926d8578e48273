"""A load of many open connections over loopback, each asking again as soon as it is answered.

Run as a program by ``ask_many``, so that it has a processor's time of its own to compete for. It
understands just enough HTTP/1.1: answers with a Content-Length, or none at all for 304.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
WARM_UP_S = 1.5


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it. Times are of the measured seconds only, in milliseconds."""

    per_second: float
    answers: int
    total: int
    """Answers with those of the warming up."""
    errors: int
    """Answers other than 200 and 304, and connections that were lost or not taken."""
    median_ms: float
    p99_ms: float
    connections: int
    """Open at the end."""
    statuses: dict[str, int]


def ask_many(
    address: str,
    paths: Sequence[str],
    headers: Mapping[str, str],
    *,
    connections: int,
    seconds: float,
) -> Load:
    """Load the server at ``address`` from another process."""
    order = {
        "address": address,
        "paths": list(paths),
        "headers": dict(headers),
        "connections": connections,
        "seconds": seconds,
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
    )
    return Load(**json.loads(done.stdout))


class Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd, self.number = crowd, number
        self.received = bytearray()
        self.asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.crowd.open += 1
        self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        self.crowd.open -= 1
        if not self.crowd.is_over:
            self.crowd.lost += 1

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self.received, 0, end)
        if len(self.received) < end + 4 + (int(length[1]) if length else 0):
            return
        self.crowd.note(bytes(self.received[9:12]), time.perf_counter() - self.asked_at)
        self.received.clear()
        if not self.crowd.is_over:
            self._ask()

    def _ask(self) -> None:
        self.asked_at = time.perf_counter()
        self.transport.write(self.crowd.next_request(self.number))  # type: ignore[attr-defined]


class Crowd:
    def __init__(self, requests: Sequence[bytes]) -> None:
        self.requests = requests
        self.asked = 0
        self.open = self.lost = 0
        self.is_over = self.is_measuring = False
        self.statuses: Counter[bytes] = Counter()
        self.times: list[float] = []

    def next_request(self, number: int) -> bytes:
        self.asked += 1
        return self.requests[(number + self.asked) % len(self.requests)]

    def note(self, status: bytes, took_s: float) -> None:
        self.statuses[status] += 1
        if self.is_measuring:
            self.times.append(took_s)


async def run(order: Mapping[str, object]) -> dict[str, object]:
    place = urlsplit(str(order["address"]))
    lines = "".join(f"{name}: {value}\r\n" for name, value in order["headers"].items())  # type: ignore[attr-defined]
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\n{lines}\r\n".encode()
        for path in order["paths"]  # type: ignore[attr-defined]
    ]
    crowd, loop = Crowd(requests), asyncio.get_running_loop()
    count, seconds = int(str(order["connections"])), float(str(order["seconds"]))
    for number in range(count):
        await loop.create_connection(
            lambda number=number: Asker(crowd, number),  # type: ignore[misc]
            str(place.hostname),
            place.port or 80,
        )
    await asyncio.sleep(WARM_UP_S)
    crowd.is_measuring, began = True, time.perf_counter()
    await asyncio.sleep(seconds)
    took_s, crowd.is_measuring = time.perf_counter() - began, False
    times, still_open = sorted(crowd.times), crowd.open
    crowd.is_over = True
    bad = sum(n for status, n in crowd.statuses.items() if status not in (b"200", b"304"))
    return {
        "per_second": len(times) / took_s,
        "answers": len(times),
        "total": sum(crowd.statuses.values()),
        "statuses": {status.decode(): n for status, n in crowd.statuses.items()},
        "errors": bad + crowd.lost + count - still_open,
        "median_ms": 1_000 * times[len(times) // 2] if times else 0.0,
        "p99_ms": 1_000 * times[len(times) * 99 // 100] if times else 0.0,
        "connections": still_open,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))))
