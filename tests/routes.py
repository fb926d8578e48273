"""Every route the product answers, read from the URL configuration itself."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

_EXAMPLES = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "int": "1",
    "str": "example",
    "slug": "example",
    "path": "00000000-0000-4000-8000-000000000000",
}


@dataclass(frozen=True)
class Route:
    """A path below the configuration's root, its arguments filled with examples."""

    path: str
    name: str


def routes(urlconf: str, **arguments: uuid.UUID | str) -> list[Route]:
    """All routes of ``urlconf``; ``arguments`` replace the examples by parameter name."""
    found = _walk(get_resolver(urlconf).url_patterns, "", {k: str(v) for k, v in arguments.items()})
    return sorted(set(found), key=lambda route: route.path)


def _walk(patterns: list[object], prefix: str, arguments: dict[str, str]) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + _filled(pattern, arguments)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path, arguments)
        elif isinstance(pattern, URLPattern):
            yield Route(path, pattern.name or pattern.lookup_str)


def _filled(pattern: object, arguments: dict[str, str]) -> str:
    """The pattern's text with every parameter replaced by an example."""
    route = str(pattern.pattern)  # type: ignore[attr-defined]
    if isinstance(pattern.pattern, RegexPattern):  # type: ignore[attr-defined]
        return _filled_regex(route, arguments)
    for name, converter in pattern.pattern.converters.items():  # type: ignore[attr-defined]
        kind = type(converter).__name__.removesuffix("Converter").lower()
        kind = {"string": "str"}.get(kind, kind)
        example = _EXAMPLES["uuid" if name.endswith("_id") else kind]
        value = arguments.get(name, example)
        for text in (f"<{kind}:{name}>", f"<{name}>"):
            route = route.replace(text, value)
    return route


def _filled_regex(regex: str, arguments: dict[str, str]) -> str:
    def example(match: re.Match[str]) -> str:
        return arguments.get(match["name"], _EXAMPLES["uuid"])

    text = re.sub(r"\(\?P<(?P<name>\w+)>(?:[^()]|\([^)]*\))*\)", example, regex)
    return re.sub(r"\\(.)", r"\1", text).replace("^", "").replace("$", "").replace("/?", "/")
