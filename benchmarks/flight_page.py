"""The flight page over HTTP, against pyulog reading the log, which others do at every view."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from pyulog import ULog

from benchmarks import world
from benchmarks.report import Report, alternate
from tests.e2e.stack import environment, running_stack

NAMES = ("flight_page.first_view", "flight_page.chart_data", "flight_page.eight_parallel")
PARALLEL = 8


def run(report: Report) -> None:
    log = world.simulated_flight()
    with TemporaryDirectory(prefix="dbx-bench-") as folder:
        _forget_logs()
        other, page = _import(world.short_flight()), _import(log)
        media = Path(folder) / "media"
        env = environment(world.DATABASE, media, Path(folder), worker=0)
        with running_stack(env, Path(folder)) as stack:
            get = _getter(stack.address, world.session_cookie(world.manager()))
            get(other)  # the server is warm; the flight measured has not been seen yet
            _measure(report, get, page, log)


def _measure(report: Report, get: Callable[[str], float], page: str, log: Path) -> None:
    charts = f"{page}charts/"
    first_s = get(page)
    page_s, charts_s, bare_s = alternate(
        lambda: get(page), lambda: get(charts), lambda: ULog(str(log))
    )
    parallel_s = max(_parallel(get, page) for _ in range(5))
    peer = f"pyulog reading the log, {bare_s * 1_000:,.0f} ms"
    later = f"later views {page_s * 1_000:.0f} ms"
    rows = (
        ("flight_page.first_view", max(first_s, page_s), 0.2, f"{peer}; {later}"),
        ("flight_page.chart_data", charts_s, 0.3, peer),
        ("flight_page.eight_parallel", parallel_s, 1.0, f"{peer}; slowest of eight at once"),
    )
    for name, seconds, limit_s, against in rows:
        report.add(
            name=name,
            value=seconds * 1_000,
            unit="ms",
            against=against,
            ratio=seconds / bare_s,
            goal=f"within {limit_s * 1_000:.0f} ms",
            holds=seconds <= limit_s,
        )


def _import(log: Path) -> str:
    """Import the log; answers the path of its flight's page."""
    from aviation.telemetry.management.commands.import_logs import import_file
    from aviation.tenants.context import tenant_context

    aircraft = world.aircraft()
    with tenant_context(world.organization()):
        result = import_file(log, aircraft)
    return f"/o/{world.organization().slug}/flights/{result.detail}/"


def _forget_logs() -> None:
    from aviation.tenants.context import tenant_context

    with tenant_context(world.organization()):
        world.forget_logs()


def _getter(address: str, cookie: str) -> Callable[[str], float]:
    host = urlsplit(address)

    def get(path: str) -> float:
        """Seconds from request to the last byte."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=30)
        connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status != 200 or not body:
            raise RuntimeError(f"{path} answered {response.status}")
        return time.perf_counter() - began

    return get


def _parallel(get: Callable[[str], float], path: str) -> float:
    """The slowest of eight views at once."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        return max(pool.map(get, [path] * PARALLEL))
