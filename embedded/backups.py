"""Backups of the embedded server: off unless DBX_BACKUP asks for them.

What must never happen: the superuser's address or a secret key in the environment of the web or a
worker. Only commands that a person starts with `exec` get them.
"""

from __future__ import annotations

import os
from pathlib import Path

from embedded.folders import make_folder
from embedded.postgres import Postgres
from embedded.postgres_files import PostgresFiles
from embedded.secret_file import SUPERUSER, write_private
from maintenance.backup import settings_lines
from maintenance.backup.keys import new_key, read_keys

FOLDER, KEYS = "backups", "backup-keys.txt"
FIRST_WITH_SUMMARIES = 17


def archive_settings(files: PostgresFiles, var: Path) -> dict[str, str]:
    """What makes the server archive its WAL; folder and key are made the first time.

    Raises NoPython when the account that runs the server cannot run our command.
    """
    python = settings_lines.python_for(files.account)
    folder = backup_folder(files)
    if make_folder(folder) and files.account:
        os.chown(folder, files.account.uid, files.account.gid)
    keys = keys_file(var)
    if not keys.exists():
        write_private(keys, f"1:{new_key()[0]}\n")
    recipient = str(read_keys(keys.read_text()).current)
    command = settings_lines.archive_command(folder, recipient, python)
    can_increment = int(files.programs.major) >= FIRST_WITH_SUMMARIES
    return settings_lines.archiving(command, can_increment=can_increment)


def backup_folder(files: PostgresFiles) -> Path:
    """Beside the data, where the account that runs the server gets in."""
    return files.data.with_name(FOLDER)


def keys_file(var: Path) -> Path:
    return var / KEYS


def operator_variables(postgres: Postgres, var: Path) -> dict[str, str]:
    """What a command of the operator's needs beside everybody's variables."""
    return {
        "DBX_BACKUP_URL": postgres.url(SUPERUSER),
        "DBX_BACKUP_KEYS_FILE": str(keys_file(var)),
    }
