"""Content of files that no backup lists any more: found, and deleted while none is being taken.

What must never happen: content deleted that a kept backup lists, or that one being taken has just
found to be there. So every list must be read, none may be damaged, and the caller holds the lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import structlog

from maintenance.backup import manifest as manifests
from maintenance.backup.folder_store import Store
from maintenance.backup.keys import BackupKeys
from maintenance.backup.manifest import Manifest
from maintenance.backup.media_list import MEDIA_FOLDER, has_list, read_list
from maintenance.backup.streams import Damaged

logger = structlog.get_logger("dbx.backup")


def unlisted(staying: Iterable[Manifest], store: Store, keys: BackupKeys) -> frozenset[str]:
    """Content that none of these backups lists. Raises Damaged or KeyProblem."""
    held = frozenset(store.names(MEDIA_FOLDER))
    if not held:
        return held
    listed = (read_list(each, store, keys).object_names for each in staying if has_list(each))
    return held.difference(*listed)


def remove_unlisted(planned: Collection[str], store: Store, keys: BackupKeys) -> int:
    """Delete what was planned and is still in no list; how many that were. Under the lock.

    Raises Damaged when any backup's manifest or list cannot be read: nothing is deleted then.
    """
    if not planned:
        return 0
    known, damaged = manifests.read_all(store)
    if damaged:
        raise Damaged(f"What backup {damaged[0]} lists cannot be read, so no file's content goes.")
    gone = unlisted(known, store, keys).intersection(planned)
    for name in sorted(gone):
        store.delete(name)
    logger.info("content of files expired", files=len(gone))
    return len(gone)
