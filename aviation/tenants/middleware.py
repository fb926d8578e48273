"""An organization's own host name leads to its pages under the installation's address.

By redirect: cookies, sign-in and the protection of forms then know one host only. Any host that
is neither ours nor an organization's is refused, the same way as a suspended organization's.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port, validate_host
from django.http.response import HttpResponseBase

from aviation.common.problems import problem_json, wants_json
from aviation.tenants.domains import slug_of_host


class OwnDomainMiddleware:
    """Comes first of all that ask for the request's host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        named = request.META.get("HTTP_HOST") or request.META["SERVER_NAME"]
        host, _port = split_domain_port(named)
        if host and validate_host(host, settings.ALLOWED_HOSTS):
            return self.get_response(request)
        slug = slug_of_host(host) if host else None
        if slug is None:
            return _refusal(request)
        return _lead(request, slug)


def _lead(request: HttpRequest, slug: str) -> HttpResponseBase:
    """To the same page at our address; a form or an API call is not carried along."""
    if request.method not in ("GET", "HEAD"):
        return _refusal(request)
    path = request.get_full_path()
    own = f"/o/{slug}"
    inside = path if path == own or path.startswith(own + "/") else own + path
    response = HttpResponseRedirect(settings.BASE_URL + inside)
    response.headers["Cache-Control"] = "no-store"
    return response


def _refusal(request: HttpRequest) -> HttpResponse:
    title = "This address is not known here."
    if wants_json(request):
        return problem_json(400, "unknown_host", title)
    return HttpResponse(title, status=400, content_type="text/plain; charset=utf-8")
