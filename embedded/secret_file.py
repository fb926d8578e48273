"""The passwords and the signing key of one embedded installation, made once and kept."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from embedded.errors import EmbeddedError

SUPERUSER = "postgres"
SIGNING_KEY = "secret_key"
SECRET_BYTES = 48  # 64 characters: Django asks for 50 or more in a signing key
NAMES = (SUPERUSER, "dbx_owner", "dbx_app", "dbx_reader", SIGNING_KEY)


def kept_secrets(path: Path) -> Mapping[str, str]:
    """Return the secrets by name; those that are missing are made and kept.

    The file is readable for its owner only, and is replaced in one step.
    """
    known = _read(path)
    missing = {name: secrets.token_urlsafe(SECRET_BYTES) for name in NAMES if name not in known}
    if missing:
        known = {**known, **missing}
        write_private(path, json.dumps(known, indent=1) + "\n")
    return known


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, complete or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)


def _read(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except json.JSONDecodeError as problem:
        raise EmbeddedError(f"{path} cannot be read: {problem}. Restore it.") from problem
    return {str(name): str(value) for name, value in known.items()}
