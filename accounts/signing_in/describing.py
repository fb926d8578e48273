"""A browser in the words its person would use: Firefox on Android."""

from __future__ import annotations

import ua_parser
from django.http import HttpRequest

_LONGEST_HEADER = 300
_LONGEST_NAME = 120
_LEFT_OUT = (" Mobile iOS", " Mobile WebView", " Mobile", "Mobile ", " iOS")
"""What the name of the system says already."""


def describe_device(request: HttpRequest) -> str:
    """Empty for a program that does not say what it is."""
    return device_in_words(request.headers.get("User-Agent", ""))


def device_in_words(user_agent: str) -> str:
    known = ua_parser.parse(user_agent[:_LONGEST_HEADER])
    browser = known.user_agent.family if known.user_agent else ""
    system = known.os.family if known.os else ""
    for word in _LEFT_OUT:
        browser = browser.replace(word, "")
    named = f"{browser} on {system}" if browser and system else browser or system
    return named[:_LONGEST_NAME]
