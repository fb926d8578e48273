"""A real web process, and devices that send to it until each point is acknowledged."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

from django.conf import settings

from embedded.processes import HEALTH_PATH, HOST, answers
from tests.isolation.processes import surroundings
from tests.telemetry.ingest.sending import Points, make_points, now

READY_S = 90.0
PATIENCE_S = 3.0
"""How long a device waits for an answer before it sends the batch again."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Web:
    """One granian, with one worker process unless told otherwise; ended with all its processes."""

    def __init__(self, *options: str, **variables: str) -> None:
        self.port = free_port()
        self._options = options
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi"),
                *("config.wsgi:application", "--host", HOST, "--port", str(self.port)),
                *("--blocking-threads", "48", "--no-access-log", *self._options),
            ],
            cwd=settings.ROOT,
            env=surroundings(**self._variables),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline, pause = time.monotonic() + READY_S, threading.Event()
        while not answers(f"http://{HOST}:{self.port}{HEALTH_PATH}/live"):
            assert self._process.poll() is None, "The web process ended."
            assert time.monotonic() < deadline, "The web process takes too long."
            pause.wait(0.05)

    @property
    def pid(self) -> int | None:
        """The server that starts the worker processes."""
        return self._process.pid if self._process else None

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def most_memory_mb(self) -> float:
        """The peak of its largest process."""
        assert self._process is not None
        peaks = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(folder.name)) == self._process.pid:
                    lines = (folder / "status").read_text().splitlines()
                    peaks += [int(each.split()[1]) / 1_024 for each in lines if "VmHWM" in each]
            except (OSError, ValueError):
                continue
        return max(peaks)


@contextmanager
def running(web: Web) -> Iterator[Web]:
    try:
        web.start()
        yield web
    finally:
        web.kill()


def batches(size: int) -> Iterator[Points]:
    """Points of the last 50 minutes, so close to each other that no test comes to their end."""
    first = now() - timedelta(minutes=50)
    for begin in count(0, size):
        points = make_points(size, start=first)
        for number, point in enumerate(points, begin):
            moment = first + timedelta(milliseconds=10 * number)
            point |= {"sequence": number, "timestamp": moment.isoformat()}
        yield points


@dataclass
class Device:
    """Sends batches of its own flight one after the other, each again until it is answered 200."""

    port: int
    key: str
    path: str
    batch_points: int = 20
    patience_s: float = PATIENCE_S
    acknowledged: list[int] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unhurried: list[int] = field(default_factory=list)
    """Refusals without a Retry-After: they tell nobody when to come again."""
    retry_after_s: float = 0.0
    """What the last answer said of it."""

    def run(self, is_over: threading.Event) -> None:
        for batch in batches(self.batch_points):
            if is_over.is_set() or not self._bring(json.dumps(batch).encode(), is_over):
                return
            self.acknowledged += [point["sequence"] for point in batch]

    def _bring(self, body: bytes, is_over: threading.Event) -> bool:
        """Whether it was acknowledged before it was over."""
        while True:
            status = self._post(body)
            self.statuses[status] += 1
            if status == 200:
                return True
            if is_over.wait(0.05):
                return False

    def _post(self, body: bytes) -> int:
        """The answer's status; 0 where there is no answer."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=self.patience_s)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", self.path, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
        self.retry_after_s = float(response.headers.get("Retry-After", 0))
        if response.status >= 500 and not self.retry_after_s:
            self.unhurried.append(response.status)
        return response.status


@contextmanager
def sending(devices: list[Device]) -> Iterator[None]:
    """The devices send for the block, and then until their last batch is answered."""
    is_over = threading.Event()
    threads = [threading.Thread(target=each.run, args=(is_over,)) for each in devices]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def wait_for_more(devices: list[Device], batches: int, *, timeout_s: float = 60.0) -> None:
    """Until each device had so many more batches acknowledged."""
    wanted = [len(each.acknowledged) + batches * each.batch_points for each in devices]
    deadline, pause = time.monotonic() + timeout_s, threading.Event()
    while any(len(d.acknowledged) < count for d, count in zip(devices, wanted, strict=True)):
        assert time.monotonic() < deadline, [each.statuses for each in devices]
        pause.wait(0.01)
