"""Who can sign in to the demo, and with what."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from accounts.choices import Role

SIGN_INS = "demo.txt"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    name: str
    email: str
    role: str


GUESTS = (
    DemoPerson("Robin Field", "robin@dbx.example.org", Role.ADMIN),
    DemoPerson("Sam Viewer", "sam@dbx.example.org", Role.READONLY),
)
"""Members of both organizations beside their own crews: they see the switcher."""


def choose_password() -> str:
    """DBX_DEMO_PASSWORD, or a random one of four short groups."""
    given = os.environ.get("DBX_DEMO_PASSWORD", "").strip()
    return given or "-".join(secrets.token_hex(2) for _ in range(4))


def write_sign_ins(lines: list[str], password: str) -> Path:
    """Keep the sign-ins where only this machine's user reads them; ``make run`` shows them."""
    path: Path = settings.VAR / SIGN_INS
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, f"Password of all of them: {password}", ""]))
    return path
