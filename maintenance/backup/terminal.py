"""The parts of ``manage.py backup``: options in, words or JSON out, an error for what is not OK."""

from __future__ import annotations

from collections.abc import Callable

from maintenance.backup.part_call import Call, Speaker
from maintenance.backup.part_checking import drill, status, verify
from maintenance.backup.part_dumping import dump, fetch
from maintenance.backup.part_restoring import expire, restore
from maintenance.backup.part_setting_up import make_key, print_settings
from maintenance.backup.part_taking import list_backups, run

__all__ = ["PARTS", "Call", "Speaker"]

PARTS: dict[str, Callable[[Call], None]] = {
    "run": run,
    "list": list_backups,
    "verify": verify,
    "expire": expire,
    "restore": restore,
    "drill": drill,
    "dump": dump,
    "fetch-dump": fetch,
    "status": status,
    "settings": print_settings,
    "new-key": make_key,
}
