"""What is answered to somebody who asks too often, as a document or as a page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import set_urlconf

from aviation.common.problems import PROBLEM_JSON, problem, wants_json


def refusal(
    request: HttpRequest,
    *,
    status: int,
    code: str,
    title: str,
    retry_after_s: int,
    **more: Any,
) -> HttpResponse:
    response: HttpResponse
    if wants_json(request):
        document = problem(status, code, title, f"Try again in {retry_after_s} s.", **more)
        response = JsonResponse(document, status=status, content_type=PROBLEM_JSON)
    else:
        response = _page(request, status, title, retry_after_s)
    response.headers["Retry-After"] = str(retry_after_s)
    return response


def _page(request: HttpRequest, status: int, title: str, wait_s: int) -> HttpResponse:
    # No view is found yet, so the routes its links are made by are not set either.
    set_urlconf(getattr(request, "urlconf", None))
    context = {"title": title, "status": status, "wait_s": wait_s}
    return render(request, "429.html", context, status=status)
