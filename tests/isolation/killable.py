"""A process that runs commands in children and ends each before a given statement of its own.

Started by killed_commands. Reads a JSON line ``{"at", "alias", "words"}`` per command, ``at`` 0 to
let it end; answers ``{"status", "statements", "error"}``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import django


def main() -> None:
    django.setup()
    for line in sys.stdin:
        asked = json.loads(line)
        _load(asked["words"][0])
        print(json.dumps(_forked(asked)), flush=True)


def _load(command: str) -> None:
    """Here, so that no child has to."""
    from django.core.management import get_commands, load_command_class

    load_command_class(get_commands()[command], command)


def _forked(asked: dict[str, Any]) -> dict[str, Any]:
    """Run it in a child; how that ended, what it counted, and what it said of an error."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.dup2(2, 1)  # what the command tells must not be taken for an answer
        with os.fdopen(writing, "w") as answer:
            status = _tell(asked, answer)
        os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    return {"statements": 0, "error": "", **(json.loads(text) if text else {})} | {
        "status": os.waitstatus_to_exitcode(status)
    }


def _tell(asked: dict[str, Any], answer: Any) -> int:
    try:
        json.dump({"statements": _run(asked)}, answer)
    except Exception as error:  # the edge of the process: the test tells it
        json.dump({"error": repr(error)}, answer)
        return 1
    return 0


def _run(asked: dict[str, Any]) -> int:
    from django.core.management import call_command
    from django.db import connections

    from aviation.tenants.context import platform_context

    seen = 0

    def kill_before(execute: Any, *arguments: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == asked["at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*arguments)

    connection = connections[asked["alias"]]
    with platform_context():  # what connecting sends is none of the command's statements
        connection.ensure_connection()
    with connection.execute_wrapper(kill_before):
        call_command(*asked["words"])
    return seen


if __name__ == "__main__":
    main()
