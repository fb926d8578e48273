"""`exec`: a command with the servers of the running product, or with the same ones for itself."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from embedded import leftovers
from embedded.environment import (
    Wishes,
    operator_variables,
    read_wishes,
    run_servers,
    run_variables,
)
from embedded.errors import EmbeddedError
from embedded.folders import Area, claim_var
from embedded.foreground import run_in_foreground
from embedded.ownership import COMMAND, Owner, Ownership, this_process
from embedded.pause import SignalPause
from embedded.secret_file import kept_secrets


def run_command(surroundings: Mapping[str, str], command: Sequence[str]) -> int:
    """Run a command with database and Redis at hand; return its exit code."""
    pause = SignalPause()
    wishes = read_wishes(surroundings)
    claim_var(wishes.var)
    Area(wishes.var).make()
    with Ownership(Area(wishes.var).records) as ownership:
        while not ownership.try_to_own():
            if ownership.try_to_join():
                if owner := ready_owner(ownership):
                    theirs = {**owner.variables, **_set_outside(surroundings, owner)}
                    ours = _operator_variables(wishes)
                    return run_in_foreground(command, {**ours, **surroundings, **theirs}, pause)
                ownership.leave()
            pause(0.1)
        return _run_as_owner(surroundings, command, wishes, ownership, pause)


def ready_owner(ownership: Ownership) -> Owner | None:
    """Return the owner whose servers can be used now."""
    owner = ownership.owner()
    return owner if owner and owner.variables and owner.process.is_running() else None


def print_variables(surroundings: Mapping[str, str]) -> int:
    """Print the running product's variables as lines for a shell."""
    records = Area(read_wishes(surroundings).var).records
    owner = None
    if records.is_dir():
        with Ownership(records) as ownership:
            owner = ready_owner(ownership)
    if owner is None:
        raise EmbeddedError("Nothing is running. Start it with: make run")
    for name, value in owner.variables.items():
        print(f"export {name}={shlex.quote(value)}")
    return os.EX_OK


def _run_as_owner(
    surroundings: Mapping[str, str],
    command: Sequence[str],
    wishes: Wishes,
    ownership: Ownership,
    pause: SignalPause,
) -> int:
    """Start the servers, run the command, and end the servers when the last guest has left."""
    leftovers.end_leftovers(Area(wishes.var).records, ownership.former_mark(), pause)
    me = this_process(COMMAND)
    ownership.publish(me)
    secrets = kept_secrets(wishes.var / "secrets.json")
    servers = run_servers(wishes, secrets)
    try:
        servers.start(pause, lambda _words: None)
        variables = run_variables(surroundings, servers, secrets, wishes.var)
        ownership.publish(replace(me, variables=variables))
        ours = _operator_variables(wishes)
        code = run_in_foreground(command, {**ours, **surroundings, **variables}, pause)
        ownership.wait_for_guests(pause)
        return code
    finally:
        pause.begin_stopping()
        servers.stop(pause)
        ownership.release()


def _operator_variables(wishes: Wishes) -> dict[str, str]:
    return operator_variables(wishes, kept_secrets(wishes.var / "secrets.json"))


def _set_outside(surroundings: Mapping[str, str], owner: Owner) -> dict[str, str]:
    return {name: surroundings[name] for name in owner.variables if surroundings.get(name)}
