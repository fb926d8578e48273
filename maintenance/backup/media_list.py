"""Which files beside the database belong to a backup, and where their content is kept.

Each backup has a list of its own, encrypted and summed like its other files. The content lies
outside the backups, once for all of them, under its SHA-256: a file that is kept is not copied
again. The folder is named after the public keys, so that content under a key that is not used any
more is copied anew, and the old key is needed only until the old backups have expired.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import MEDIA_LIST, Manifest
from maintenance.backup.streams import SUFFIX, Damaged
from maintenance.backup.unpacking import opened_file

MEDIA_FOLDER = "media"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file as it was when its content was kept."""

    name: str
    size_bytes: int
    modified_us: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MediaList:
    """The files of one backup by name, and the folder of their content."""

    vault: str
    files: Mapping[str, KeptFile]

    def object_name(self, file: KeptFile) -> str:
        return object_name(self.vault, file.sha256)

    @property
    def object_names(self) -> frozenset[str]:
        return frozenset(self.object_name(each) for each in self.files.values())

    def as_json(self) -> bytes:
        rows = [
            [each.name, each.size_bytes, each.modified_us, each.sha256]
            for each in self.files.values()
        ]
        return json.dumps({"format": FORMAT, "vault": self.vault, "files": rows}).encode()


def vault_of(keys: BackupKeys) -> str:
    """The folder of content that is encrypted for exactly these public keys."""
    recipients = sorted(str(each) for each in (keys.current, *keys.extra))
    return f"{MEDIA_FOLDER}/{hashlib.sha256(' '.join(recipients).encode()).hexdigest()[:16]}"


def object_name(vault: str, sha256: str) -> str:
    """Two levels keep every listing short."""
    return f"{vault}/{sha256[:2]}/{sha256}{SUFFIX}"


def has_list(manifest: Manifest) -> bool:
    """Backups of the database alone, such as those from before there were lists, have none."""
    return any(file.name == MEDIA_LIST for file in manifest.files)


def read_list(manifest: Manifest, store: Store, keys: BackupKeys) -> MediaList:
    """The list of a backup that has one. Raises Damaged or KeyProblem."""
    with opened_file(manifest, MEDIA_LIST, store, keys) as plain:
        text = b"".join(iter(lambda: plain.read(1 << 20), b""))
    try:
        document = json.loads(text)
        files = [KeptFile(*row) for row in document["files"]]
        if document["format"] != FORMAT:
            raise Damaged(f"The list of files of backup {manifest.id} is of another format.")
        return MediaList(document["vault"], {each.name: each for each in files})
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"The list of files of backup {manifest.id} cannot be read.") from error
