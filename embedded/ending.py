"""`stop` and `reset`: end the running product; delete everything it keeps on this machine.

What must never happen: a folder is deleted that is not ours, or while it is in use.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from embedded import leftovers
from embedded.environment import read_wishes
from embedded.errors import EmbeddedError
from embedded.folders import Area, is_claimed
from embedded.ownership import COMMAND, Owner, Ownership
from embedded.pause import wait_until
from embedded.postgres_files import SOCKETS as POSTGRES_SOCKETS
from embedded.postgres_files import system_roots
from embedded.redis import SOCKETS as REDIS_SOCKETS
from embedded.sockets import forget_stand_ins

STOP_TIMEOUT_S = 60.0


def stop(surroundings: Mapping[str, str]) -> int:
    """End the running product, or what a killed run left behind."""
    area = Area(read_wishes(surroundings).var)
    if not area.records.is_dir():
        print("Nothing is running.")
        return os.EX_OK
    with Ownership(area.records) as ownership:
        if ownership.try_to_own():
            return _end_former_run(area, ownership)
        _end_owner(ownership.owner())
        if not wait_until(ownership.try_to_own, time.sleep, STOP_TIMEOUT_S):
            raise EmbeddedError(f"It has not ended after {STOP_TIMEOUT_S:.0f} s.")
    print("Stopped. Your data are kept.")
    return os.EX_OK


def reset(surroundings: Mapping[str, str]) -> int:
    """Delete all data of the embedded installation, after asking (YES=1 answers yes)."""
    var = read_wishes(surroundings).var
    doomed = [path for path in (var, *system_roots(var)) if path.exists()]
    if not doomed:
        print("There is nothing to delete.")
        return os.EX_OK
    if not is_claimed(var):
        raise EmbeddedError(f"{var} was not made by this product; nothing is deleted.")
    if Area(var).records.is_dir():
        _check_unused(Area(var))
    print("This deletes all flights, logs, people and settings kept on this machine:")
    for path in doomed:
        print(f"  {path}  ({_megabytes(path)} MB)")
    if surroundings.get("YES") != "1" and not _agreed():
        print("Nothing was deleted.")
        return os.EX_OK
    for path in doomed:
        shutil.rmtree(path)
    for sockets in (POSTGRES_SOCKETS, REDIS_SOCKETS):
        forget_stand_ins(var / sockets)
    print("Deleted. The next start begins anew.")
    return os.EX_OK


def _check_unused(area: Area) -> None:
    with Ownership(area.records) as ownership:
        if not ownership.try_to_own():
            raise EmbeddedError("It is running. Stop it first: make stop")


def _end_former_run(area: Area, ownership: Ownership) -> int:
    names = leftovers.end_leftovers(area.records, ownership.former_mark(), time.sleep)
    ownership.release()
    print(f"Ended what a killed run left: {', '.join(names)}." if names else "Nothing is running.")
    return os.EX_OK


def _end_owner(owner: Owner | None) -> None:
    if owner is None:
        raise EmbeddedError("It is just starting or stopping. Try again in a moment.")
    if owner.kind == COMMAND:
        raise EmbeddedError(
            f"A command (process {owner.pid}) uses the servers; they stop when it ends."
        )
    leftovers.send(owner.process, signal.SIGTERM)


def _megabytes(folder: Path) -> int:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) // 1_000_000


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print("To agree without being asked: make reset YES=1")
        return False
    return input("Type yes to delete it: ").strip().lower() == "yes"
