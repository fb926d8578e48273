"""What a page of figures says: its links to the list of flights, and the numbers on them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.http import QueryDict

from accounts.models import Membership
from aviation.pages.filters import FlightFilter
from aviation.pages.reads import flights_with_risk

COUNTED = re.compile(r"([\d,]+) flights?\b")
LEADING = re.compile(r"^([\d,]+)(?:$|, )")


@dataclass(frozen=True)
class Told:
    """A link to the list of flights, with the words it stands under."""

    href: str
    words: str

    @property
    def number(self) -> int | None:
        """The count that the words name; None where they name something else, such as hours."""
        found = COUNTED.search(self.words) or LEADING.match(self.words)
        return int(found[1].replace(",", "")) if found else None


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[Told] = []
        self._href = ""
        self._label: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            given = dict(attrs)
            self._href, self._label, self._text = (
                given.get("href") or "",
                given.get("aria-label"),
                [],
            )

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and "/flights/?" in self._href:
            words = self._label or "".join(self._text)
            self.told.append(Told(unescape(self._href), " ".join(words.split())))
        if tag == "a":
            self._href = ""


def links_of(html: str) -> list[Told]:
    """Every link of a page to the list of flights."""
    parser = _Links()
    parser.feed(html)
    return parser.told


def count_behind(membership: Membership, told: Told) -> int:
    """What the list counts: findings where the link asks for some, else flights.

    Call with the organization bound.
    """
    query = QueryDict(urlsplit(told.href).query)
    found = FlightFilter(query, flights_with_risk(membership), membership=membership)
    assert found.form.is_valid(), told.href
    findings = found.finding_count()
    count: int = found.qs.count() if findings is None else findings
    return count
