"""Run a command at the terminal, in front of the servers it uses."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence

from embedded.environment import with_our_programs
from embedded.errors import EmbeddedError
from embedded.pause import SignalPause

KILLED = 128  # a shell's way to say "ended by signal n": 128 + n


def run_in_foreground(
    command: Sequence[str], environment: Mapping[str, str], pause: SignalPause
) -> int:
    """Run a command to its end and return its exit code as a shell would give it.

    Ctrl-C reaches it directly from the terminal, and it decides what that means; other wishes
    to stop are passed on to it.
    """
    pause.begin_stopping()
    surroundings = with_our_programs(environment)
    try:
        process = subprocess.Popen(command, env=surroundings)
    except OSError as problem:
        raise EmbeddedError(f"Cannot run {command[0]}: {problem.strerror}.") from problem
    while process.poll() is None:
        pause(1.0)
        if pause.wish in (signal.SIGTERM, signal.SIGHUP):
            process.send_signal(pause.wish)
            pause.wish = None
    return process.returncode if process.returncode >= 0 else KILLED - process.returncode
