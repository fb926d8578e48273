"""Small posts from many clients at once: our ingest against one that stores row by row.

Both run under the same web server with the same number of processes, one after the other, and
clients keep their connections. Whoever is asked to come again does so after ``Retry-After``.
"""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from benchmarks.report import Report
from tests.e2e.stack import running_stack

ROWS, CLIENTS, POSTS = 50, 100, 2
PEER = "benchmarks.row_by_row:application"


def add_small_posts(report: Report, env: dict[str, str], folder: Path, key: str) -> None:
    with running_stack(env, folder) as stack:
        ours, again = _rate(stack.address, key)
    with running_stack(env, folder, application=PEER) as stack:
        peer, _ = _rate(stack.address, key)
    report.add(
        name="ingest.small_posts",
        value=ours,
        unit="rows/s",
        against=f"a DRF serializer and one INSERT a row, {peer:,.0f} rows/s; "
        f"{CLIENTS} clients, {again} of {CLIENTS * POSTS} posts sent again",
        ratio=ours / peer,
        goal="at least 3 times as many",
        holds=ours >= 3 * peer,
    )


def _rate(address: str, key: str) -> tuple[float, int]:
    """Rows a second and how many posts were sent again, of the middle of three rounds."""
    _round(address, key)
    return sorted(_round(address, key) for _ in range(3))[1]


def _round(address: str, key: str) -> tuple[float, int]:
    from benchmarks.ingest import flight_address, make_points

    bodies = [orjson.dumps(make_points(ROWS, start_s=n).to_pylist()) for n in range(POSTS)]
    paths = [flight_address() for _ in range(CLIENTS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        again = sum(pool.map(lambda path: _client(address, key, path, bodies), paths))
    return CLIENTS * POSTS * ROWS / (time.perf_counter() - began), again


def _client(address: str, key: str, path: str, bodies: list[bytes]) -> int:
    """Posts all of them over one connection; answers how often it had to come again."""
    host, again = urlsplit(address), 0
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=120)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for body in bodies:
        while True:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            told = answer.read()
            if answer.status == 200:
                break
            if answer.status != 503:
                raise RuntimeError(f"{answer.status}: {told[:300]!r}")
            again += 1
            time.sleep(float(answer.headers["Retry-After"]))
        if orjson.loads(told)["accepted"] != ROWS:
            raise RuntimeError("not every row was accepted")
    connection.close()
    return again
