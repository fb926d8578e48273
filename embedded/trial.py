"""`test`: a command with throw-away servers of its own, which never touches the run's data."""

from __future__ import annotations

import fcntl
import itertools
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from embedded import leftovers
from embedded.environment import read_wishes, test_servers, test_variables
from embedded.folders import Area, claim_var, make_folder, passable
from embedded.foreground import run_in_foreground
from embedded.pause import SignalPause
from embedded.postgres_files import SOCKETS as POSTGRES_SOCKETS
from embedded.postgres_files import system_roots
from embedded.redis import SOCKETS as REDIS_SOCKETS
from embedded.secret_file import kept_secrets
from embedded.servers import Servers
from embedded.sockets import forget_stand_ins


def run_trial(surroundings: Mapping[str, str], command: Sequence[str], durable: bool) -> int:
    """Run a command with fresh servers and return its exit code; nothing of them stays."""
    pause = SignalPause()
    wishes = read_wishes({**surroundings, "DATABASE_URL": "", "DATABASE_OWNER_URL": ""})
    claim_var(wishes.var)
    with free_folder(wishes.var, pause) as folder:
        area = Area(wishes.var / folder)
        area.make()
        secrets = kept_secrets(area.base / "secrets.json")
        postgres, redis = test_servers(wishes, folder, secrets, durable)
        servers = Servers(postgres, redis)
        try:
            servers.start(pause, lambda _words: None)
            variables = test_variables(postgres, redis, secrets, area.base)
            return run_in_foreground(command, {**surroundings, **variables}, pause)
        finally:
            pause.begin_stopping()
            servers.stop(pause)


@contextmanager
def free_folder(var: Path, pause: SignalPause) -> Iterator[str]:
    """Lend an empty folder inside `var` that no other test run uses; it is emptied afterwards.

    A killed run leaves its folder behind; the next that gets the same number clears it.
    """
    make_folder(var / "test", passable())
    for number in itertools.count(1):
        with (var / "test" / f"{number}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            folder = f"test/{number}"
            leftovers.end_leftovers(Area(var / folder).records, None, pause)
            _remove(var, folder)
            try:
                yield folder
            finally:
                _remove(var, folder)
            return


def _remove(var: Path, folder: str) -> None:
    for root in (var, *system_roots(var)):
        if (root / folder).exists():
            shutil.rmtree(root / folder)
    for sockets in (POSTGRES_SOCKETS, REDIS_SOCKETS):
        forget_stand_ins(var / folder / sockets)
