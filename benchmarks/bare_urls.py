"""The one route of the bare site: every address answers the file named by BENCH_BODY."""

from __future__ import annotations

import os
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

BODY = Path(os.environ["BENCH_BODY"]).read_bytes()


def answer(_request: HttpRequest) -> HttpResponse:
    headers = {"Content-Length": str(len(BODY)), "Content-Type": "application/json"}
    return HttpResponse(BODY, headers=headers)


answer.cls = None  # type: ignore[attr-defined]  # answers for itself, as API views do
urlpatterns = [re_path("", answer)]
