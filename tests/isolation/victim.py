"""A process that opens organizations in children and kills each at a given moment.

Started by test_provisioning. Reads ``slug delay_s`` per line; answers ``killed`` or ``ended`` and
the seconds the child had. Forking spares each child the start of Python and Django.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import django


def main() -> None:
    django.setup()
    from django.apps import apps

    apps.check_apps_ready()
    print("ready", flush=True)
    for line in sys.stdin:
        slug, delay_s = line.split()
        print(*run_child(slug, float(delay_s)), flush=True)


def run_child(slug: str, delay_s: float) -> tuple[str, float]:
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        open_one(slug)
        os._exit(0)
    if delay_s:
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else "ended", time.monotonic() - began


def open_one(slug: str) -> None:
    from aviation.tenants.services import open_organization

    os.environ["PGAPPNAME"] = slug
    open_organization(slug=slug, name="Victim")


if __name__ == "__main__":
    main()
