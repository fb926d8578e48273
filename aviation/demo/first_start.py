"""How far the first start has come: kept in a file, so that an interrupted one can go on.

Light on purpose: every later start asks here, and loads nothing of the seeding for it.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization

SIGN_INS = "demo.txt"
UNFINISHED = "demo-unfinished.json"


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What every attempt at the demo must agree on."""

    now: datetime
    """The flights' days count back from here; the same moment makes the same logs."""
    password: str


def first_start(now: datetime) -> FirstStart | None:
    """The first start that is due or was interrupted; None on an installation in use."""
    if _note().exists():
        kept = json.loads(_note().read_text(encoding="utf-8"))
        return FirstStart(datetime.fromisoformat(kept["now"]), kept["password"])
    return _begin(now) if is_empty() else None


def is_empty() -> bool:
    """Whether the installation has no organization yet."""
    with platform_context(), transaction.atomic():
        return not Organization.objects.exists()


def finish() -> None:
    """Nothing is left to do; an organization closed from now on stays closed."""
    _note().unlink()


def write_sign_ins(lines: list[str], password: str) -> None:
    """Keep the sign-ins where only this machine's user reads them; ``make run`` shows them."""
    text = "\n".join([*lines, f"Password of all of them: {password}", ""])
    _write(settings.VAR / SIGN_INS, text)


def choose_password() -> str:
    """DBX_DEMO_PASSWORD, or a random one of four short groups."""
    given = os.environ.get("DBX_DEMO_PASSWORD", "").strip()
    return given or "-".join(secrets.token_hex(2) for _ in range(4))


def _begin(now: datetime) -> FirstStart:
    begun = FirstStart(now, choose_password())
    _write(_note(), json.dumps({"now": now.isoformat(), "password": begun.password}))
    return begun


def _note() -> Path:
    path: Path = settings.VAR / UNFINISHED
    return path


def _write(path: Path, text: str) -> None:
    """The whole text or none of it, for this user's eyes alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)
