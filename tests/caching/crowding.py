"""One of the processes whose threads all want the same value at the same moment.

``crowding.py PREFIX KEY THREADS SECONDS``: says "ready", waits for a line, then reads; making the
value takes so many seconds, and says "making" first. Prints how often it was made and what was
found.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def crowd(key: str, threads: int, seconds: float) -> dict[str, Any]:
    from aviation.caching.reading import cached
    from tests.isolation.crowd import in_threads

    made: list[str] = []

    def make() -> str:
        made.append("one more")
        print("making", flush=True)
        time.sleep(seconds)
        return f"value {len(made)}"

    found = in_threads(threads, lambda _number: cached("system_health", key, make))
    return {"made": len(made), "found": sorted(set(found)), "readers": len(found)}


def main(prefix: str, key: str, threads: str, seconds: str) -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.CACHES["default"]["KEY_PREFIX"] = prefix
    from aviation.caching import shared

    shared.ANSWER_TIMEOUT_S = shared.CONNECT_TIMEOUT_S = 10
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(crowd(key, int(threads), float(seconds))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
