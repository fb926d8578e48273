"""Refusals from outside any view: a page for people, a problem document for programs."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views import defaults

from aviation.common.problems import problem_json, wants_json


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if wants_json(request):
        return problem_json(404, "not_found", "There is no such address.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    if wants_json(request):
        return problem_json(500, "internal", "Something went wrong on our side.")
    return defaults.server_error(request)
