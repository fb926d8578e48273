"""Whether a schema is as the code wants it, told by comparing two short texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

_HERE = Path(__file__).parent
_POLICY_SOURCES = ("policies.py", "references.py", "securing.py", "views.py")


def schema_fingerprint() -> str:
    """SHA-256 over everything an organization's schema is made from.

    Migrations, the SQL files they read, the policies, and Django's version, which writes part of
    the SQL. A changed comment changes it too: that costs one needless look, never a missed one.
    """
    digest = hashlib.sha256(django.get_version().encode())
    for path in _sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def organization_labels() -> list[str]:
    """The labels of the apps whose tables live in organizations' schemas."""
    names = set(settings.ORGANIZATION_APPS)
    return [config.label for config in apps.get_app_configs() if config.name in names]


def _sources() -> Iterator[Path]:
    for label in organization_labels():
        yield from sorted(_migrations_folder(label).glob("*.py"))
        yield from sorted(Path(apps.get_app_config(label).path).glob("sql/*.sql"))
    for name in _POLICY_SOURCES:
        yield _HERE / name


def _migrations_folder(label: str) -> Path:
    module, _is_explicit = MigrationLoader.migrations_module(label)
    spec = find_spec(str(module))
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{label} has no migrations.")
    return Path(spec.submodule_search_locations[0])
