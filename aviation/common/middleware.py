"""Middleware that knows nothing of organizations: request log and body size."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from aviation.common.problems import problem_json, wants_json

log = structlog.get_logger("dbx.request")

FORM_OVERHEAD_BYTES = 1_000_000
"""What a multipart form may weigh beside the log file itself."""


class RequestLogMiddleware:
    """One log line a request, and a request id that every line inside it carries.

    The query string is left out: people paste secrets into addresses.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        structlog.contextvars.clear_contextvars()
        request_id = uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(request_id=request_id)
        request.request_id = request_id  # type: ignore[attr-defined]
        path, began = request.path, time.perf_counter()
        response = self.get_response(request)
        log.info(
            "request",
            method=request.method,
            path=path[:2_000],
            status=response.status_code,
            duration_ms=round((time.perf_counter() - began) * 1_000, 1),
        )
        response.headers["X-Request-Id"] = request_id
        return response


class BodySizeMiddleware:
    """Refuses a body over the limit before a byte of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self._declared_bytes(request) > settings.MAX_LOG_BYTES + FORM_OVERHEAD_BYTES:
            return self._refusal(request)
        return self.get_response(request)

    @staticmethod
    def _declared_bytes(request: HttpRequest) -> int:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        return int(declared) if declared.isdigit() else 0

    @staticmethod
    def _refusal(request: HttpRequest) -> HttpResponse:
        limit = f"The limit is {settings.MAX_LOG_BYTES // 1024**2} MB."
        title = "The file is too large."
        if wants_json(request):
            return problem_json(413, "too_large", title, limit)
        return render(request, "400.html", {"title": title, "detail": limit}, status=413)
