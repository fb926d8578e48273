"""Archived WAL in a store: one object for each file, its name holding the content's SHA-256.

``wal/00000001/00000000/000000010000000000000003.<sha256>.zst.age``. The digest in the name tells,
without a key, whether a file that comes again is the same one; the folder for each 4 GB keeps
every listing short. ``cluster.json`` says whose WAL it is: one store serves one cluster.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from aviation.common.errors import DomainError
from maintenance.backup.folder_store import Store
from maintenance.backup.streams import SUFFIX
from maintenance.backup.wal_names import SEGMENT

CLUSTER_FILE = "cluster.json"
WAL_FOLDER = "wal"


class OtherCluster(DomainError):
    """The store, or a file in it, belongs to another database cluster."""

    code = "other_cluster"


class Ambiguous(DomainError):
    """There are two different files of one name in the archive."""

    code = "wal_ambiguous"


@dataclass(frozen=True, slots=True)
class Stored:
    """An archived file: PostgreSQL's name for it, its content's digest, its name in the store."""

    name: str
    sha256: str
    object_name: str


def object_name(name: str, sha256: str) -> str:
    return f"{folder_of(name)}/{name}.{sha256}{SUFFIX}"


def folder_of(name: str) -> str:
    """Where the file is kept; histories lie in the folder of their timeline."""
    log = name[8:16] if SEGMENT.match(name) else "history"
    return f"{WAL_FOLDER}/{name[:8]}/{log}"


def stored_file(store: Store, name: str) -> Stored | None:
    """The archived file of this name. Raises Ambiguous."""
    found = [each for each in _listed(store, folder_of(name)) if each.name == name]
    if len(found) > 1:
        raise Ambiguous(f"The archive holds {len(found)} different files called {name}.")
    return found[0] if found else None


def all_stored(store: Store) -> list[Stored]:
    """Everything archived, in the order of names."""
    return _listed(store, WAL_FOLDER)


def cluster_of(store: Store) -> int | None:
    """The system identifier the store belongs to; None while it belongs to nobody."""
    try:
        with store.reading(CLUSTER_FILE) as file:
            return int(json.loads(file.read())["system_identifier"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise OtherCluster(f"{CLUSTER_FILE} in the backup store cannot be read.") from error


def claim(store: Store, system_identifier: int) -> None:
    """Make the store this cluster's, or check that it is. Raises OtherCluster."""
    if cluster_of(store) is None:
        text = json.dumps({"system_identifier": str(system_identifier)})
        try:
            with store.writing(CLUSTER_FILE) as file:
                file.write(text.encode())
        except FileExistsError:  # claimed meanwhile; whose it is now is read below
            pass
    require_cluster(store, system_identifier)


def require_cluster(store: Store, system_identifier: int) -> None:
    """Raises OtherCluster unless the store belongs to this cluster."""
    held = cluster_of(store)
    if held != system_identifier:
        raise OtherCluster(
            f"The backup store belongs to cluster {held}, and this is {system_identifier}."
            " Give each cluster a store of its own."
        )


def _listed(store: Store, folder: str) -> list[Stored]:
    return [found for each in store.names(folder) if (found := _read_object_name(each))]


def _read_object_name(object_name: str) -> Stored | None:
    base = object_name.rpartition("/")[2]
    if not base.endswith(SUFFIX):
        return None
    name, _, sha256 = base.removesuffix(SUFFIX).rpartition(".")
    return Stored(name, sha256, object_name)
