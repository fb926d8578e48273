"""Whether the content of every file a backup lists is there, whole and what it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from aviation.common.errors import DomainError
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys, KeyProblem
from maintenance.backup.manifest import Manifest
from maintenance.backup.media_list import KeptFile, MediaList, has_list, read_list
from maintenance.backup.streams import digest, opened


@dataclass(slots=True)
class MediaChecker:
    """Reads each content once, however many backups list it."""

    store: Store
    keys: BackupKeys
    _problems: dict[str, str] = field(default_factory=dict)
    """By name in the store; empty for what is as it should be."""

    def problems(self, manifest: Manifest) -> dict[str, str]:
        """What is wrong, by the content's name in the store. Raises Damaged or KeyProblem."""
        if not has_list(manifest):
            return {}
        listed = read_list(manifest, self.store, self.keys)
        return dict(self._found(listed))

    def _found(self, listed: MediaList) -> Iterator[tuple[str, str]]:
        for file in listed.files.values():
            name = listed.object_name(file)
            if name not in self._problems:
                self._problems[name] = self._look(name, file)
            if problem := self._problems[name]:
                yield name, f"{file.name}: {name} {problem}"

    def _look(self, name: str, file: KeptFile) -> str:
        try:
            with self.store.reading(name) as stored, opened(stored, self.keys) as plain:
                is_same = digest(plain) == (file.size_bytes, file.sha256)
        except FileNotFoundError:
            return "is missing."
        except KeyProblem:
            raise
        except (DomainError, OSError) as error:
            return f"cannot be read: {getattr(error, 'message', str(error))}"
        return "" if is_same else "is not what was stored."
