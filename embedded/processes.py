"""The processes of the product beside the servers: web, worker and beat."""

from __future__ import annotations

import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from embedded.child import Child, Recipe
from embedded.errors import EmbeddedError
from embedded.folders import PROJECT, Area
from embedded.pause import Pause, wait_until

HOST = "127.0.0.1"
FIRST_PORT, PORTS_TRIED = 8000, 100
HEALTH_PATH = "/api/health"
HEALTH_TIMEOUT_S, ANSWER_TIMEOUT_S = 90.0, 5.0
Command = tuple[str, ...]
PYTHON = (sys.executable,)
PREPARE: Command = (*PYTHON, "manage.py", "prepare")


def web_command(port: int) -> Command:
    """Return granian's command line."""
    return (
        *PYTHON,
        *("-m", "granian", "--interface", "wsgi", "config.wsgi:application"),
        *("--host", HOST, "--port", str(port)),
        # Each thread keeps a connection, of which PostgreSQL has 100 (this is the only web
        # process), and a request's body.
        *("--blocking-threads", "48"),
        *("--workers-kill-timeout", "5", "--no-access-log"),
    )


def worker_command() -> Command:
    """Return the command line of the worker, which is alone and needs no talk among workers."""
    celery = (*PYTHON, "-m", "celery", "-A", "config", "worker")
    return (
        *celery,
        "--concurrency",
        "2",
        "--loglevel",
        "INFO",
        "--without-gossip",
        "--without-mingle",
    )


def beat_command(var: Path) -> Command:
    """Return the command line of the clock; without a pid file, which a kill would leave."""
    celery = (*PYTHON, "-m", "celery", "-A", "config", "beat")
    return (*celery, "-s", str(var / "celerybeat-schedule"), "--pidfile=", "--loglevel", "INFO")


def product_child(name: str, command: Command, area: Area, environment: Mapping[str, str]) -> Child:
    """Describe one of them. The worker gets time to finish its tasks, then has to drop them."""
    polite: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 8.0),)
    if name == "worker":
        polite = (*polite, (signal.SIGQUIT, 3.0))
    return Child(
        Recipe(
            name=name,
            command=command,
            area=area,
            environment=environment,
            folder=PROJECT,
            stop_signals=polite,
            death_signal=signal.SIGQUIT if name == "worker" else signal.SIGTERM,
        )
    )


def choose_port(wished: str) -> int:
    """Return the wished port, or the first free one.

    Raises EmbeddedError when the wished one cannot be had.
    """
    if not wished:
        for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
            if is_free(port):
                return port
        raise EmbeddedError(f"No port from {FIRST_PORT} on is free. Set DBX_PORT to one that is.")
    if not wished.isdecimal() or not 0 < int(wished) < 65536:
        raise EmbeddedError(f"DBX_PORT must be a number from 1 to 65535, not {wished}.")
    if not is_free(int(wished)):
        raise EmbeddedError(f"Port {wished} (DBX_PORT) is taken or not ours to use.")
    return int(wished)


def is_free(port: int) -> bool:
    """Tell whether we can listen there; connections that are just closing do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def wait_until_healthy(web: Child, address: str, pause: Pause) -> None:
    """Wait until the pages answer; raises EmbeddedError with the end of the log otherwise."""

    def is_healthy() -> bool:
        if web.ended() is not None:
            raise EmbeddedError(f"The web process ended:\n{web.log_tail()}")
        return answers(f"{address}{HEALTH_PATH}")

    if not wait_until(is_healthy, pause, HEALTH_TIMEOUT_S):
        raise EmbeddedError(
            f"{address}{HEALTH_PATH} still gives no good answer after {HEALTH_TIMEOUT_S:.0f} s:"
            f"\n{web.log_tail()}"
        )


def answers(url: str) -> bool:
    """Ask for a page; whatever proxy is configured does not matter to ourselves."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWER_TIMEOUT_S) as answer:
            return int(answer.status) == 200
    except (OSError, urllib.error.URLError):
        return False
