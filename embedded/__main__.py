"""Servers of its own for this product, and the commands around them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from embedded.bootstrap import bootstrap_from
from embedded.ending import reset, stop
from embedded.errors import EmbeddedError
from embedded.guest import print_variables, run_command
from embedded.health import health
from embedded.pause import StopRequestedError
from embedded.run import run
from embedded.trial import run_trial

STOPPED_BY_HAND = 130


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Read the command line; what follows the first -- is the command to run."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("run", help="run the product until Ctrl-C")
    verbs.add_parser("stop", help="end the running product")
    verbs.add_parser("reset", help="delete all its data, after asking")
    verbs.add_parser("shell-env", help="print the running product's variables for a shell")
    verbs.add_parser("health", help="ask the local web process whether it is ready")
    verbs.add_parser("bootstrap", help="make roles and database on the server DBX_ADMIN_URL names")
    verbs.add_parser("exec", help="run a command with database and Redis at hand")
    test = verbs.add_parser("test", help="run a command with throw-away servers of its own")
    test.add_argument("--durable", action="store_true", help="write as safely as real servers do")
    end = arguments.index("--") if "--" in arguments else len(arguments)
    wanted, command = parser.parse_args(arguments[:end]), list(arguments[end + 1 :])
    if (wanted.verb in ("exec", "test")) != bool(command):
        parser.error("exec and test, and no others, take a command after --")
    return wanted, command


def main(arguments: Sequence[str]) -> int:
    """Do as the command line says and return the exit code."""
    wanted, command = parse(arguments)
    match wanted.verb:
        case "run":
            return run(os.environ)
        case "stop":
            return stop(os.environ)
        case "reset":
            return reset(os.environ)
        case "shell-env":
            return print_variables(os.environ)
        case "bootstrap":
            return bootstrap_from(os.environ)
        case "health":
            return health(os.environ)
        case "exec":
            return run_command(os.environ, command)
        case _:
            return run_trial(os.environ, command, wanted.durable)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except EmbeddedError as problem:
        sys.exit(f"\n{problem}")
    except StopRequestedError:
        sys.exit(STOPPED_BY_HAND)
