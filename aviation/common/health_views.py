"""/api/health: for load balancers, containers and operators. Public, and says little."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict

from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from aviation.common.health import CHECKS, DATABASE, Part, examine

KEPT_S = 1.0
"""How long an examination is kept, so that a flood of callers asks the parts once a second."""


@non_atomic_requests
@never_cache
@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """Alive: this process answers. Nothing else is asked, so nothing else can end it."""
    return JsonResponse({"status": "ok"})


@non_atomic_requests
@never_cache
@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """Ready: the database is there and migrated. Otherwise 503, and no traffic should come."""
    database = next(part for part in _examination.parts() if part.name == DATABASE)
    if database.is_ok:
        return JsonResponse({"status": "ok"})
    return JsonResponse({"status": "unready", "parts": [asdict(database)]}, status=503)


@non_atomic_requests
@never_cache
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """All parts. Degraded is still 200: what works should go on working.

    Without the database nothing does, and the answer is 503.
    """
    parts = _examination.parts()
    failed = {part.name for part in parts if not part.is_ok}
    word = "unready" if DATABASE in failed else "degraded" if failed else "ok"
    status = 503 if DATABASE in failed else 200
    return JsonResponse({"status": word, "parts": [asdict(part) for part in parts]}, status=status)


class Examination:
    """The newest look at all parts, shared by the callers of a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made_at = float("-inf")
        self._parts: list[Part] = []

    def parts(self) -> list[Part]:
        with self._lock:
            if time.monotonic() - self._made_at > KEPT_S:
                self._parts = examine(CHECKS)
                self._made_at = time.monotonic()
            return self._parts

    def forget(self) -> None:
        self._made_at = float("-inf")


_examination = Examination()
