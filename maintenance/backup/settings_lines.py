"""The lines of PostgreSQL's configuration that make it archive, and those that make it recover."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from aviation.common.errors import DomainError
from embedded.accounts import Account, run_as

PROJECT = Path(__file__).resolve().parents[2]
ARCHIVE_TIMEOUT_S = 60


class NoPython(DomainError):
    """PostgreSQL's account can run none of the Pythons there are."""

    code = "no_python"


class Bucketlike(Protocol):
    """A place that is no folder, and the arguments that name it."""

    @property
    def words(self) -> list[str]: ...


Place = Path | Bucketlike


def archive_command(place: Place, recipient: str, python: str = sys.executable) -> str:
    """What PostgreSQL runs for each finished file of WAL. Holds a public key only."""
    words = [*_words(place), "--recipient", recipient]
    return f"{_program('archive_command', words, python)} %p"


def restore_command(place: Place, keys_file: Path, python: str = sys.executable) -> str:
    """What PostgreSQL runs during a recovery for each file of WAL."""
    words = [*_words(place), "--keys-file", str(keys_file)]
    return f"{_program('restore_command', words, python)} %f %p"


def _words(place: Place) -> list[str]:
    return ["--folder", str(place)] if isinstance(place, Path) else place.words


def python_for(account: Account | None) -> str:
    """A Python the account that runs PostgreSQL can run: ours, or the system's of our version."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for candidate in (sys.executable, f"/usr/bin/{version}"):
        question = ["/bin/sh", "-c", '"$1" -c "import sys" && test -r "$2"', "sh", candidate]
        if run_as(account, [*question, str(PROJECT / "manage.py")]).returncode == 0:
            return candidate
    name = account.name if account else "the user of PostgreSQL"
    raise NoPython(
        f"{name} can run neither {sys.executable} nor /usr/bin/{version}, or cannot read {PROJECT}."
        " Run everything as an ordinary user, or keep both where that account can reach them."
    )


def archiving(command: str, *, can_increment: bool) -> dict[str, str]:
    """The server's settings; archive_mode needs a restart."""
    settings = {
        "archive_mode": "on",
        "archive_command": command,
        "archive_timeout": f"{ARCHIVE_TIMEOUT_S}s",
    }
    return {**settings, "summarize_wal": "on"} if can_increment else settings


def as_lines(settings: Mapping[str, str]) -> str:
    """For postgresql.conf; a quote within a value is doubled."""
    return "".join(f"{name} = '{_quoted(value)}'\n" for name, value in settings.items())


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _program(name: str, words: list[str], python: str) -> str:
    """A command line for PostgreSQL's shell; a percent sign in a path is doubled for it."""
    path = ":".join([str(PROJECT), *_packages()])
    environment = ["env", f"PYTHONPATH={path}", "PYTHONDONTWRITEBYTECODE=1"]
    command = [*environment, python, "-m", f"maintenance.backup.{name}", *words]
    return shlex.join(command).replace("%", "%%")


def _packages() -> list[str]:
    """Where this process found the libraries: PostgreSQL knows nothing of a virtual environment."""
    import pyrage

    return [str(Path(pyrage.__file__).parents[1])]
