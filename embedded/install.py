"""Make `.venv` and keep it as the lock files say; runs on the system's Python, whatever its age.

Usage: python3 -m embedded.install run|dev [--this-python]. What is installed is noted in
`.venv/installed.json` with the locks' checksums, so that a second call costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
NOTE = VENV / "installed.json"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
OLDEST = (3, 11)
ASK_VERSION = "import pip, sys; print('.'.join(map(str, sys.version_info[:2])))"


def main(kind: str, this_python: bool) -> None:
    """Install for `run`, or for `dev`, which includes all that `run` needs.

    An environment that works is kept, unless it is to be of exactly this Python and is not.
    """
    wanted = {name: checksum(PROJECT / lock) for name, lock in LOCKS.items()}
    installed = read_note()
    version = version_inside()
    if not version or (this_python and version != dotted(sys.version_info[:2])):
        make_venv()
        installed = {}
    if installed.get(kind) == wanted[kind]:
        return
    print("Installing packages (the first time: about a minute) ...", flush=True)
    if NOTE.exists():
        NOTE.unlink()  # half an installation must not pass for a whole one
    install(LOCKS[kind])
    if kind == "dev":
        installed = wanted
    elif installed.get("run") != wanted["run"]:
        installed = {"run": wanted["run"]}
    NOTE.write_text(json.dumps(installed))


def version_inside() -> str:
    """Return the version of the environment's Python, empty when there is none that works."""
    if not PYTHON.exists():
        return ""
    answer = subprocess.run([str(PYTHON), "-c", ASK_VERSION], stdout=-1, stderr=-1)
    return answer.stdout.decode().strip()


def make_venv() -> None:
    """Make the environment anew; exits with advice when this machine cannot."""
    version = dotted(sys.version_info[:3])
    if sys.version_info < OLDEST:
        sys.exit(
            f"Python 3.11 or newer is needed; {sys.executable} is {version}. If you have a newer"
            " one, name it: make run PYTHON=python3.12"
        )
    print(f"Making .venv with Python {version} ...", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if made.returncode:
        sys.exit("The environment could not be made. On Debian or Ubuntu: apt install python3-venv")


def dotted(version: tuple[int, ...]) -> str:
    """Write a version the usual way."""
    return ".".join(map(str, version))


def install(lock: str) -> None:
    """Let pip install exactly what the lock names; exits when it cannot."""
    quietly = ("-qq", "--no-input", "--disable-pip-version-check", "--root-user-action=ignore")
    command = [str(PYTHON), "-m", "pip", "install", *quietly, "--require-hashes", "-r", lock]
    if subprocess.run(command, cwd=str(PROJECT)).returncode:
        sys.exit(f"The packages of {lock} could not be installed; pip's reason is above.")


def read_note() -> dict[str, str]:
    """Return the checksums of the locks that are installed."""
    try:
        return dict(json.loads(NOTE.read_text()))
    except (OSError, ValueError):
        return {}


def checksum(path: Path) -> str:
    """Return what changes when the file does."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    os.umask(0o022)  # a closed environment would shut out the account that runs PostgreSQL
    main(sys.argv[1], "--this-python" in sys.argv)
