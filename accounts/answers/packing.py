"""A whole answer as bytes: its entity tag, its headers, and its content as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

OF_ONE_CALLER = frozenset({"ratelimit", "ratelimit-policy"})
"""Headers that are no part of the answer itself."""
OF_CONTENT = frozenset({"content-type", "content-length"})
HEADS = 1_024
"""Of answers given lately, kept read; some 3 kB each."""


class NotKept(Exception):
    """The answer is this caller's alone, such as a refusal."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response


def pack(response: Any) -> bytes:
    """Raises NotKept for all but a plain success."""
    if response.status_code != HTTPStatus.OK or response.streaming or response.cookies:
        raise NotKept(response)
    if hasattr(response, "render"):
        response.render()
    content: bytes = response.content
    headers = {name: value for name, value in response.items() if name.lower() not in OF_ONE_CALLER}
    headers.setdefault("ETag", f'"{hashlib.sha256(content).hexdigest()[:32]}"')
    headers["Cache-Control"] = "private, no-cache"
    lines = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return f"{headers['ETag']}\n{lines}\n".encode("latin-1") + content


def unpack(request: HttpRequest, packed: bytes, *, is_whole: bool = False) -> HttpResponse:
    """The answer; 304 without content for who has it already, unless ``is_whole`` is wanted."""
    head, _, content = packed.partition(b"\n\n")
    tag, headers = _read(head)
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    is_known = asked is not None and not is_whole and _is_among(tag, asked)
    response = HttpResponse(status=304) if is_known else HttpResponse(content)
    kept = {name: each for name, each in headers.items() if not is_known or name not in OF_CONTENT}
    response.headers._store.update(kept)
    if is_known:
        del response.headers["Content-Type"]
    return response


@lru_cache(maxsize=HEADS)
def _read(head: bytes) -> tuple[str, Mapping[str, tuple[str, str]]]:
    """The tag and the headers, as Django keeps them: name and value by the name in small letters.

    They were headers of a response when they were packed, so they need not be judged again.
    """
    tag, *lines = head.decode("latin-1").split("\n")
    pairs = (line.partition(": ")[::2] for line in lines)
    return tag, {name.lower(): (name, value) for name, value in pairs}


def _is_among(tag: str, asked: str) -> bool:
    """Compared as RFC 9110 has it for reading: a weak tag is as good as a strong one."""
    tags = parse_etags(asked)
    return tags == ["*"] or tag in (each.removeprefix("W/") for each in tags)
