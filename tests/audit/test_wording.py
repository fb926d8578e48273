"""No page shows the code's own name of an event."""

from __future__ import annotations

import re
from pathlib import Path

from accounts.audit_wording import NAMED

RECORDED = re.compile(r"""record_(?:event|attempt)\(\s*"([a-z_]+\.[a-z_]+)\"""")
ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("accounts", "analytics", "aviation", "maintenance")


def test_every_event_that_is_recorded_has_words() -> None:
    found: set[str] = set()
    for layer in LAYERS:
        for path in (ROOT / layer).rglob("*.py"):
            found |= set(RECORDED.findall(path.read_text(encoding="utf-8")))
    assert len(found) > 20
    assert found <= set(NAMED), found - set(NAMED)
