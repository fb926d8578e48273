"""RFC 9457 problem documents: how every error is told to a program."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, JsonResponse

PROBLEM_JSON = "application/problem+json"
_API_PATH = re.compile(r"(?:/o/[^/]+)?/api/")
"""Also with an organization's prefix, which is cut off only once its member is known."""


def problem(status: int, code: str, title: str, detail: str = "", **more: Any) -> dict[str, Any]:
    """An RFC 9457 problem document. ``type`` is a relative name, stable for programs."""
    body = {"type": f"urn:dbx:problem:{code}", "title": title, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    return body | more


def problem_json(status: int, code: str, title: str, detail: str = "") -> JsonResponse:
    """A problem document as a plain Django response, for code outside DRF."""
    return JsonResponse(
        problem(status, code, title, detail), status=status, content_type=PROBLEM_JSON
    )


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: an API path, or JSON preferred to a page."""
    return (
        _API_PATH.match(request.path_info) is not None
        or request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )
