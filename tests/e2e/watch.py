"""What no page may do: call another host, break its security policy, throw."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page, Request


class Watch:
    """Collects the sins of every page of a test; ``assert_clean`` ends the test."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.allowed: list[str] = []

    def follow(self, page: Page) -> None:
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def allow(self, words: str) -> None:
        """Errors with these words are what the test is about."""
        self.allowed.append(words)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.foreign.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.errors.append(f"{message.text} ({message.location.get('url')})")

    def assert_clean(self) -> None:
        assert self.foreign == []
        left = [e for e in self.errors if not any(words in e for words in self.allowed)]
        assert left == [], left
