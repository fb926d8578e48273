"""What verifying a backup found, kept beside it, so that it survives the loss of the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from maintenance.backup.folder_store import Store
from maintenance.backup.manifest import BASE_FOLDER

_PREFIX = "verdict-"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verification of one backup; no problems means that it can be relied on."""

    backup_id: str
    at: datetime
    problems: tuple[str, ...]
    """Of the database in it."""
    media: Mapping[str, str] = field(default_factory=dict)
    """Of the files beside the database: what is wrong, by the content's name in the store."""

    @property
    def is_good(self) -> bool:
        return not self.problems and not self.media

    @property
    def all_problems(self) -> list[str]:
        return [*self.problems, *self.media.values()]


def keep(verdict: Verdict, store: Store) -> None:
    at = verdict.at.astimezone(UTC)
    name = f"{BASE_FOLDER}/{verdict.backup_id}/{_PREFIX}{at:%Y%m%dT%H%M%S%fZ}.json"
    document: dict[str, Any] = {"at": at.isoformat(), "problems": list(verdict.problems)}
    document["media"] = dict(verdict.media)
    with store.writing(name) as file:
        file.write(json.dumps(document, indent=1).encode())


def latest(store: Store, backup_id: str) -> Verdict | None:
    """The newest one that can be read; one that cannot counts as a problem."""
    names = [each for each in store.names(f"{BASE_FOLDER}/{backup_id}") if _PREFIX in each]
    if not names:
        return None
    with store.reading(names[-1]) as file:
        text = file.read(1 << 20)
    try:
        document = json.loads(text)
        at = datetime.fromisoformat(document["at"])
        media = dict(document.get("media", {}))
        return Verdict(backup_id, at, tuple(map(str, document["problems"])), media)
    except (ValueError, KeyError, TypeError):
        return Verdict(backup_id, datetime.now(UTC), ("The last verdict cannot be read.",))
