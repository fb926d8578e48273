"""Alive, ready and degraded are three answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache, caches
from django.db import OperationalError
from django.test import Client

from aviation.common import health, health_views
from aviation.common.health import Part, examine
from aviation.common.tasks import HEARTBEAT_KEY, heartbeat

PATIENCE_S = health.TIMEOUT_S
"""The product's own; the tests that are not about it have more."""


@pytest.fixture(autouse=True)
def fresh_look(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Also the cache anew: the checks' threads and the test must mean the same keys.

    Parts that do answer may take their time, as a busy machine shall not decide what is well.
    """
    monkeypatch.setattr(health, "TIMEOUT_S", 20.0)
    caches["default"].close()
    del caches["default"]
    health_views._examination.forget()
    yield
    health_views._examination.forget()


def fails() -> str:
    raise OperationalError("connection to 10.1.2.3 as dbx_app failed: password secret")


def parts(response: object) -> dict[str, bool]:
    return {part["name"]: part["is_ok"] for part in response.json()["parts"]}  # type: ignore[attr-defined]


def test_alive_asks_nothing_of_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_views, "CHECKS", {"database": fails})
    response = Client().get("/api/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_health_is_told_to_a_signed_in_person_without_asking_who_it_is(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.backends.EmailBackend.get_user", lambda *_: fails())
    assert manager.get("/api/health/live").status_code == 200


def test_ready_when_the_database_answers_and_is_migrated(db: None) -> None:
    assert Client().get("/api/health/ready").status_code == 200


def test_unready_without_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_views, "CHECKS", {"database": fails})
    response = Client().get("/api/health/ready")
    assert (response.status_code, response.json()["status"]) == (503, "unready")


@pytest.mark.parametrize("queue", [lambda: "", lambda: "No sign of life."])
def test_health_without_database_is_503_whatever_else_works(
    queue: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_views, "CHECKS", {"database": fails, "queue": queue})
    response = Client().get("/api/health")
    assert (response.status_code, response.json()["status"]) == (503, "unready")
    assert parts(response) == {"database": False, "queue": queue() == ""}


def test_unready_while_not_migrated(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = frozenset({("accounts", "9999_tomorrow")})
    monkeypatch.setattr(health, "wanted_migrations", lambda: ahead)
    response = Client().get("/api/health/ready")
    assert response.status_code == 503
    assert response.json()["parts"][0]["text"] == "The database is not migrated."


def test_all_well_is_ok(db: None) -> None:
    heartbeat()
    response = Client().get("/api/health")
    assert response.json()["status"] == "ok"
    assert parts(response) == {"database": True, "redis": True, "queue": True, "disk": True}


def test_stopped_queue_degrades(db: None) -> None:
    cache.set(HEARTBEAT_KEY, time.time() - 61)
    response = Client().get("/api/health")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert parts(response) == {"database": True, "redis": True, "queue": False, "disk": True}


def test_queue_never_heard_of_degrades(db: None) -> None:
    cache.delete(HEARTBEAT_KEY)
    assert not parts(Client().get("/api/health"))["queue"]


def test_full_disk_degrades(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 10**18)
    assert not parts(Client().get("/api/health"))["disk"]


def test_dead_redis_degrades(db: None, settings: object) -> None:
    nowhere = {"LOCATION": "unix:///nowhere/redis.sock"}
    settings.CACHES = {  # type: ignore[attr-defined]
        alias: cache | nowhere
        for alias, cache in settings.CACHES.items()  # type: ignore[attr-defined]
    }
    response = Client().get("/api/health")
    assert response.status_code == 200
    assert not parts(response)["redis"]


def test_strangers_learn_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_views, "CHECKS", {"database": fails})
    text = Client().get("/api/health").content.decode()
    assert "10.1.2.3" not in text
    assert "secret" not in text
    assert Client().get("/api/health").json()["parts"][0]["text"] == "It does not answer."


def test_hanging_part_costs_a_second_and_spares_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others are asked while it hangs, and may take their time for the answer."""
    hangs_no_more = threading.Event()

    def hangs() -> str:
        hangs_no_more.wait(60)
        return ""

    try:
        with monkeypatch.context() as hurry:
            hurry.setattr(health, "TIMEOUT_S", PATIENCE_S)
            late = examine({"hanging": hangs})
        others = examine({"well": lambda: ""})
    finally:
        hangs_no_more.set()
    assert late == [Part("hanging", is_ok=False, text="It does not answer in time.")]
    assert others == [Part("well", is_ok=True)]
    assert PATIENCE_S == 1


def test_flood_of_callers_asks_the_parts_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted() -> str:
        asked.append(1)
        return ""

    monkeypatch.setattr(health_views, "CHECKS", {"database": counted})
    monkeypatch.setattr(health_views, "KEPT_S", 60.0)
    for _ in range(20):
        Client().get("/api/health")
    assert len(asked) == 1


@pytest.mark.parametrize("path", ["/api/health", "/api/health/live", "/api/health/ready"])
def test_health_is_read_only_and_never_cached(path: str, db: None) -> None:
    assert Client().post(path).status_code == 405
    assert "no-store" in Client().get(path).headers["Cache-Control"]
