"""Whether the parts the product needs answer, each asked for at most a second.

Each check runs in a thread of its own, and in one at a time: a part that hangs holds up nobody
but its own check. What the answer says is safe for strangers: no versions, addresses or figures.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pkgutil import iter_modules

import structlog
from django.apps import apps
from django.conf import settings
from django.core.cache import cache as shared_cache
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.transaction import atomic
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from aviation.common.tasks import HEARTBEAT_KEY

TIMEOUT_S = 1.0
HEARTBEAT_PATIENCE_S = 60.0
"""Beat sends one every 15 s; a worker busy with a large log may miss some."""
LEAST_FREE_BYTES = 1_000_000_000

logger = structlog.get_logger("dbx.health")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the installation; ``text`` says what is wrong, in words for an operator."""

    name: str
    is_ok: bool
    text: str = ""


Check = Callable[[], str]
"""Answers what is wrong, or nothing."""


def check_database() -> str:
    """Whether the database answers a query and has the shared tables as this program wants them."""
    with closing(connection), atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '1s'")
        applied = set(MigrationRecorder(connection).applied_migrations())
    return "" if wanted_migrations() <= applied else "The database is not migrated."


@cache
def wanted_migrations() -> frozenset[tuple[str, str]]:
    """Every migration of the shared tables' apps, by the names of their files: none is run."""
    return frozenset(
        (app.label, module.name)
        for app in apps.get_app_configs()
        if app.name not in settings.ORGANIZATION_APPS
        for module in iter_modules([f"{app.path}/migrations"])
        if not module.name.startswith(("_", "~"))
    )


def check_redis() -> str:
    """Whether Redis answers and, when it is full, refuses rather than forgets."""
    policy = get_redis_connection("default").info("memory")["maxmemory_policy"]
    if policy == "noeviction":
        return ""
    logger.warning("redis may forget counters and queued work", maxmemory_policy=policy)
    return "Full, it would forget things: set maxmemory-policy to noeviction."


def check_queue() -> str:
    """Whether beat and a worker have lately done something together."""
    beaten_at = shared_cache.get(HEARTBEAT_KEY)
    if beaten_at is None or time.time() - beaten_at > HEARTBEAT_PATIENCE_S:
        return "No sign of life from worker and clock; uploaded logs wait."
    return ""


def check_disk() -> str:
    free = shutil.disk_usage(settings.MEDIA_ROOT).free
    return "" if free > LEAST_FREE_BYTES else "Little room is left for logs."


DATABASE = "database"
"""The one part without which nothing works."""

CHECKS: Mapping[str, Check] = {
    DATABASE: check_database,
    "redis": check_redis,
    "queue": check_queue,
    "disk": check_disk,
}
_threads: dict[str, ThreadPoolExecutor] = {}


def examine(checks: Mapping[str, Check]) -> list[Part]:
    """Ask all parts at once and wait a second at most."""
    asked = {name: _thread(name).submit(_ask, check) for name, check in checks.items()}
    wait(asked.values(), timeout=TIMEOUT_S)
    return [_part(name, answer) for name, answer in asked.items()]


def _thread(name: str) -> ThreadPoolExecutor:
    if name not in _threads:
        _threads[name] = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"health-{name}")
    return _threads[name]


def _ask(check: Check) -> str:
    try:
        return check()
    except (DatabaseError, RedisError, OSError) as error:
        logger.warning("part failed", check=check.__name__, error=str(error))
        return "It does not answer."


def _part(name: str, answer: Future[str]) -> Part:
    if not answer.done():
        answer.cancel()
        return Part(name, is_ok=False, text="It does not answer in time.")
    text = answer.result()
    return Part(name, is_ok=not text, text=text)
